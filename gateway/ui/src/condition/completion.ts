/** Completing names in a formula: the word at the caret, what it may become, and the new text. */

export interface Name {
  /** As it is written. */
  name: string;
  help: string;
  kind: 'field' | 'function' | 'related';
}

const WORD = /[A-Za-z_][\w.]*$/;
const SHOWN_MAX = 8;

/** The part of a name before the caret; empty where there is none, or where a text is open. */
export function wordBefore(text: string, caret: number): string {
  const before = text.slice(0, caret);
  const quotes = before.split("'").length - 1;
  return quotes % 2 ? '' : (WORD.exec(before)?.[0] ?? '');
}

/** Names with the word in them: those that start with it first; none that is complete. */
export function completions(word: string, names: readonly Name[]): Name[] {
  const sought = word.toLowerCase();
  if (!sought) return [];
  const rank = ({ name }: Name) => (name.toLowerCase().startsWith(sought) ? 0 : 1);
  return names
    .filter(({ name }) => name.toLowerCase().includes(sought) && name !== word)
    .toSorted((one, two) => rank(one) - rank(two))
    .slice(0, SHOWN_MAX);
}

/** The text with the word at the caret completed, and where the caret is then. */
export function completed(text: string, caret: number, chosen: Name): [string, number] {
  const start = caret - wordBefore(text, caret).length;
  const opens = chosen.kind === 'function' && text[caret] !== '(';
  const put = opens ? `${chosen.name}(` : chosen.name;
  return [text.slice(0, start) + put + text.slice(caret), start + put.length];
}

/** From where to where a fault is underlined: its word or sign, or the end of the text. */
export function faultAt(text: string, position: number): [number, number] {
  const start = Math.min(position, Math.max(text.length - 1, 0));
  const rest = /^(?:\w+|'[^']*'?|\S)/.exec(text.slice(start))?.[0] ?? ' ';
  return [start, start + rest.length];
}

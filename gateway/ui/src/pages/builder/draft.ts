/** The condition being edited: its history, where it is kept, and who is told of each edit. */

import { begin, edited, redone, undone, type History } from '../../condition/history';
import { readJson, showJson, type JsonObject } from '../../condition/json';
import { group, rule, type Group, type NewId } from '../../condition/nodes';
import type { Vocabulary } from '../../condition/vocabulary';
import { fromWire } from '../../condition/read';
import { toWire } from '../../condition/wire';
import { createStore, type Store } from '../../store';

export interface Draft {
  readonly history: Store<History>;
  /** The last thing done, in words, for people who don't see it. */
  readonly said: Store<string>;
  readonly newId: NewId;
  edit(change: (tree: Group) => Group, words?: string, typingIn?: string): void;
  undo(): void;
  redo(): void;
  say(words: string): void;
}

export interface DraftWorld {
  now(): number;
  newId: NewId;
  /** Called with each new tree at once, before anything is drawn. */
  changed(tree: Group): void;
}

export function createDraft(first: Group, world: DraftWorld): Draft {
  const history = createStore(begin(first));
  const said = createStore('');
  const show = (next: History) => {
    if (next === history.get()) return;
    world.changed(next.now);
    history.set(next);
  };
  return {
    history,
    said,
    newId: world.newId,
    edit: (change, words, typingIn) => {
      const before = history.get();
      show(edited(before, change(before.now), world.now(), typingIn));
      if (words !== undefined) said.set(words);
    },
    undo: () => {
      show(undone(history.get()));
      said.set('Undone');
    },
    redo: () => {
      show(redone(history.get()));
      said.set('Redone');
    },
    say: said.set,
  };
}

/** A condition to start from: one row that waits for its field. */
export const blankTree = (newId: NewId): Group => group(newId(), 'all', [rule(newId())]);

const keptUnder = (dataset: string) => `cardinal.condition.${dataset}`;
const IN_HASH = '#condition=';

/** The condition of the address, else the one kept from the last visit, else a blank one. */
export function firstTree(dataset: string, hash: string, kept: Storage, newId: NewId): Group {
  const texts = [fromHash(hash), kept.getItem(keptUnder(dataset))];
  for (const text of texts) {
    const tree = text === null ? null : parsed(text, newId);
    if (tree?.children.length) return tree;
  }
  return blankTree(newId);
}

function parsed(text: string, newId: NewId): Group | null {
  try {
    return fromWire(readJson(text), newId);
  } catch {
    // A cut-off address or a hand-edited entry: start afresh instead of failing.
    return null;
  }
}

function fromHash(hash: string): string | null {
  if (!hash.startsWith(IN_HASH)) return null;
  try {
    return decodeURIComponent(hash.slice(IN_HASH.length));
  } catch {
    return null;
  }
}

export const linkTo = (condition: JsonObject): string =>
  IN_HASH + encodeURIComponent(JSON.stringify(condition));

export function keep(tree: Group, words: Vocabulary, kept: Storage): void {
  kept.setItem(keptUnder(words.dataset.name), JSON.stringify(toWire(tree, words).condition));
}

export const asJson = (tree: Group, words: Vocabulary): string =>
  showJson(toWire(tree, words).condition);

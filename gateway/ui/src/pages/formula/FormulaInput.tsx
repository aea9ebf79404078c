/** A formula as it is typed: names are completed, what is wrong is underlined at its place. */

import { useId, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import type { Problem } from '../../api/types';
import { completed, completions, faultAt, wordBefore, type Name } from '../../condition/completion';

interface Props {
  value: string;
  names: readonly Name[];
  fault?: Problem;
  set: (value: string) => void;
}

export function FormulaInput({ value, names, fault, set }: Props) {
  const id = useId();
  const input = useRef<HTMLTextAreaElement>(null);
  const place = useRef<number | null>(null);
  const [caret, move] = useState<number | null>(null);
  const [chosen, choose] = useState(0);
  const word = caret === null ? '' : wordBefore(value, caret);
  const found = completions(word, names);
  // What is being typed is no fault yet.
  const told = found.length ? undefined : fault;
  const at = Math.min(chosen, found.length - 1);

  useLayoutEffect(() => {
    if (place.current === null) return;
    input.current?.setSelectionRange(place.current, place.current);
    place.current = null;
  }, [value]);

  const take = (name: Name) => {
    const [text, next] = completed(value, caret ?? value.length, name);
    place.current = next;
    set(text);
    move(null);
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!found.length) return;
    if (step) choose((at + step + found.length) % found.length);
    else if (event.key === 'Tab' || event.key === 'Enter') take(found[at]!);
    else if (event.key === 'Escape') {
      event.stopPropagation();
      move(null);
    } else return;
    event.preventDefault();
  };
  return (
    <div className="formula">
      <label htmlFor={id}>Formula</label>
      <div className="formula-box" data-wrong={told !== undefined || undefined}>
        <Underlined text={value} position={told?.position ?? null} />
        <textarea
          ref={input}
          id={id}
          value={value}
          rows={3}
          spellCheck={false}
          autoComplete="off"
          placeholder="if(spend >= 1000, 'gold', 'none')"
          aria-invalid={told !== undefined}
          aria-controls={found.length ? `${id}-names` : undefined}
          aria-activedescendant={found.length ? `${id}-${at}` : undefined}
          onChange={(event) => {
            set(event.currentTarget.value);
            move(event.currentTarget.selectionStart);
            choose(0);
          }}
          onKeyDown={onKeyDown}
          onBlur={() => move(null)}
        />
      </div>
      {found.length > 0 && (
        <ul className="formula-names" id={`${id}-names`} role="listbox" aria-label="Names">
          {found.map((name, index) => (
            <li
              key={name.kind + name.name}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === at}
              // Pressing must not take the focus out of the formula.
              onMouseDown={(event) => {
                event.preventDefault();
                take(name);
              }}
            >
              <code>{name.name}</code>
              <small>{name.help}</small>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** The same text behind the input, unseen but for the line under the fault. */
function Underlined({ text, position }: { text: string; position: number | null }) {
  if (position === null) return null;
  const [from, to] = faultAt(text, position);
  return (
    <div className="formula-behind" aria-hidden>
      {text.slice(0, from)}
      <mark>{text.slice(from, to) || ' '}</mark>
      {text.slice(to)}
    </div>
  );
}

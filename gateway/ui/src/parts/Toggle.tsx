/** A few choices side by side, one of them chosen. Light: there is one in every group. */

import { useId } from 'react';
import './toggle.css';

interface Props<T extends string> {
  label: string;
  choices: readonly { value: T; label: string; help?: string }[];
  value: T | undefined;
  onPick: (value: T) => void;
  large?: boolean;
}

export function Toggle<T extends string>({ label, choices, value, onPick, large }: Props<T>) {
  const name = useId();
  return (
    <div className="toggle" role="radiogroup" aria-label={label} data-large={large || undefined}>
      {choices.map((choice) => (
        <label key={choice.value} title={choice.help}>
          <input
            type="radio"
            name={name}
            value={choice.value}
            checked={choice.value === value}
            onChange={() => onPick(choice.value)}
          />
          <span>{choice.label}</span>
        </label>
      ))}
    </div>
  );
}

/** One literal of a field's type. Numbers stay text, so nothing is rounded on the way. */

import { TextInput } from '@mantine/core';
import { isNumeric, shown } from '../../../condition/literals';
import { Toggle } from '../../../parts/Toggle';
import { MomentInput } from './MomentInput';
import type { ScalarProps } from './props';
import { SuggestInput } from './SuggestInput';

const YES_NO = [
  { value: 'true', label: 'Yes' },
  { value: 'false', label: 'No' },
] as const;

export function ScalarInput(props: ScalarProps) {
  const { type, label, value, set } = props;
  if (type === 'bool') {
    return (
      <Toggle
        large
        label={label}
        choices={YES_NO}
        value={value === undefined ? undefined : value ? 'true' : 'false'}
        onPick={(answer) => set(answer === 'true')}
      />
    );
  }
  if (type === 'date' || type === 'timestamp') return <MomentInput {...props} />;
  return isNumeric(type) ? <NumberInput {...props} /> : <SuggestInput {...props} />;
}

function NumberInput({ type, label, value, set, place = '' }: ScalarProps) {
  const kind = type === 'int' ? 'numeric' : 'decimal';
  return (
    <TextInput
      className="value value-number"
      aria-label={label}
      value={shown(value)}
      inputMode={kind}
      placeholder={type === 'int' ? '0' : '0.00'}
      autoComplete="off"
      onChange={(event) => set(event.currentTarget.value.trim() || undefined, place)}
    />
  );
}

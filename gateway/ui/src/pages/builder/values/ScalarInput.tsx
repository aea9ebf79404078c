/** One literal of a field's type. Numbers stay text, so nothing is rounded on the way. */

import { TextInput } from '@mantine/core';
import type { Field } from '../../../api/types';
import type { Json } from '../../../condition/json';
import { isNumeric, shown } from '../../../condition/values';
import { Toggle } from '../../../parts/Toggle';
import { MomentInput } from './MomentInput';
import { SuggestInput } from './SuggestInput';
import type { SetValue } from './ValueEditor';

export interface ScalarProps {
  field: Field;
  type: Field['type'];
  label: string;
  value: Json | undefined;
  set: SetValue;
  /** Tells the two ends of a range apart. */
  place?: string;
}

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

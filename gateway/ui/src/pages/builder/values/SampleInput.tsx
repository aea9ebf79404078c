/** A share of all records in percent: always the same ones for the same salt. */

import { TextInput } from '@mantine/core';
import { isObject, type Json, type JsonObject } from '../../../condition/json';
import { shown } from '../../../condition/literals';
import type { SetValue } from './props';

interface Props {
  label: string;
  value: Json | undefined;
  set: SetValue;
}

export function SampleInput({ label, value, set }: Props) {
  const given: JsonObject = isObject(value) ? value : { from: '', to: '', salt: '' };
  const input = (key: string, className: string, says: string) => (
    <TextInput
      className={className}
      aria-label={`${label}, ${says}`}
      value={shown(given[key])}
      inputMode={key === 'salt' ? 'text' : 'decimal'}
      placeholder={key === 'salt' ? 'salt' : '0'}
      autoComplete="off"
      onChange={(event) => {
        const typed = event.currentTarget.value;
        set({ ...given, [key]: key === 'salt' ? typed : typed.trim() }, `/${key}`);
      }}
    />
  );
  return (
    <div className="value value-sample">
      {input('from', 'value-amount', 'from percent')}
      <span>to</span>
      {input('to', 'value-amount', 'to percent')}
      <span>%</span>
      {input('salt', 'value-salt', 'salt: another one draws other records')}
    </div>
  );
}

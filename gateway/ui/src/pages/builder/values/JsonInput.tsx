/** A value of a shape this page has no input for: written as JSON. */

import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { readJson, type Json } from '../../../condition/json';
import type { SetValue } from './props';

export function JsonInput({
  label,
  value,
  set,
}: {
  label: string;
  value: Json | undefined;
  set: SetValue;
}) {
  const [typed, type] = useState(value === undefined ? '' : JSON.stringify(value));
  const [fault, find] = useState<string>();
  const change = (text: string) => {
    type(text);
    try {
      set(text.trim() ? readJson(text) : undefined, '/json');
      find(undefined);
    } catch {
      find('Not JSON yet');
    }
  };
  return (
    <TextInput
      className="value value-json"
      aria-label={label}
      value={typed}
      error={fault}
      placeholder='{"amount": 30, "unit": "day"}'
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}

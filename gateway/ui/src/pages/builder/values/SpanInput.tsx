/** Amounts of one unit of time: one for a window around now, two for a span of the past. */

import { TextInput } from '@mantine/core';
import { Fragment } from 'react';
import type { JsonObject } from '../../../condition/json';
import { shown } from '../../../condition/literals';
import { Picker } from '../../../parts/Picker';

const UNITS = ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'];

interface Props {
  label: string;
  value: JsonObject;
  /** The keys of the numbers, in the order shown. */
  numbers: readonly string[];
  set: (value: JsonObject, place?: string) => void;
}

export function SpanInput({ label, value, numbers, set }: Props) {
  const many = numbers.length > 1 || shown(value[numbers[0]!]) !== '1';
  return (
    <div className="value value-window" data-two={numbers.length > 1 || undefined}>
      {numbers.map((key, at) => (
        <Fragment key={key}>
          {at > 0 && <span>to</span>}
          <TextInput
            className="value-amount"
            aria-label={`${label}, ${key}`}
            value={shown(value[key])}
            inputMode="numeric"
            autoComplete="off"
            onChange={(event) =>
              set({ ...value, [key]: event.currentTarget.value.trim() }, `/${key}`)
            }
          />
        </Fragment>
      ))}
      <Picker
        label={`${label}, unit`}
        value={shown(value.unit)}
        onPick={(unit) => set({ ...value, unit })}
        choices={UNITS.map((unit) => ({ value: unit, label: many ? `${unit}s` : unit }))}
        className="value-unit"
      />
    </div>
  );
}

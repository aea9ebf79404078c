/** A date, perhaps with a time of day. What fits neither, like an instant with a zone, is text. */

import { TextInput } from '@mantine/core';
import { shown } from '../../../condition/literals';
import type { ScalarProps } from './props';

const LOCAL = /^(\d{4}-\d\d-\d\d)?(?:T(\d\d:\d\d(?::\d\d)?))?$/;

export function MomentInput({ type, label, value, set, place = '' }: ScalarProps) {
  const text = shown(value);
  const local = LOCAL.exec(text);
  if (!local) {
    return (
      <TextInput
        className="value"
        aria-label={label}
        value={text}
        placeholder="2017-06-30T14:00:00Z"
        onChange={(event) => set(event.currentTarget.value || undefined, place)}
      />
    );
  }
  const [, date = '', time = ''] = local;
  const put = (onDate: string, atTime: string) =>
    set(!onDate ? undefined : atTime ? `${onDate}T${atTime}` : onDate, place);
  return (
    <div className="value value-moment">
      <TextInput
        type="date"
        aria-label={label}
        value={date}
        max="9999-12-31"
        onChange={(event) => put(event.currentTarget.value, time)}
      />
      {type === 'timestamp' && (
        <TextInput
          type="time"
          aria-label={`${label}, time of day`}
          value={time}
          disabled={!date}
          onChange={(event) => put(date, event.currentTarget.value)}
        />
      )}
    </div>
  );
}

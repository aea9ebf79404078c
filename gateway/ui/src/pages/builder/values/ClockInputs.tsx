/** Parts of the calendar and the clock: days of the week, hours, anniversaries. */

import { TextInput } from '@mantine/core';
import { isObject, type Json } from '../../../condition/json';
import { shown } from '../../../condition/literals';
import { Picker } from '../../../parts/Picker';
import type { SetValue } from './props';

interface Props {
  label: string;
  value: Json | undefined;
  set: SetValue;
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

export function WeekdaysInput({ label, value, set }: Props) {
  const chosen = new Set(Array.isArray(value) ? value.map(Number) : []);
  const flip = (day: number) => {
    const next = DAYS.map((_, at) => at + 1).filter((one) => chosen.has(one) !== (one === day));
    set(next.length ? next : undefined);
  };
  return (
    <div className="value value-weekdays" role="group" aria-label={label}>
      {DAYS.map((name, at) => (
        <button
          key={name}
          type="button"
          className="not-chip"
          aria-pressed={chosen.has(at + 1)}
          onClick={() => flip(at + 1)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}

const hour = (at: number) => `${String(at).padStart(2, '0')}:00`;
const HOURS = Array.from({ length: 25 }, (_, at) => ({ value: String(at), label: hour(at) }));

export function HoursInput({ label, value, set }: Props) {
  const [from = 9, to = 17] = Array.isArray(value) ? value : [];
  const night = Number(to) < Number(from);
  return (
    <div className="value value-hours">
      <Picker
        label={`${label}, from`}
        value={shown(from)}
        choices={HOURS.slice(0, 24)}
        onPick={(next) => set([Number(next), to])}
      />
      <span>and</span>
      <Picker
        label={`${label}, to`}
        value={shown(to)}
        choices={HOURS}
        onPick={(next) => set([from, Number(next)])}
      />
      {night && <span>the next day</span>}
    </div>
  );
}

const MONTHS = Array.from({ length: 12 }, (_, at) => ({
  value: String(at + 1),
  label: new Intl.DateTimeFormat('en-GB', { month: 'long', timeZone: 'UTC' }).format(
    new Date(Date.UTC(2024, at, 1)),
  ),
}));
const WAYS = [
  { value: 'in_next', label: 'in the next', help: 'today or within so many days' },
  { value: 'month', label: 'in the month of' },
];

export function AnniversaryInput({ label, value, set }: Props) {
  const given = isObject(value) ? value : { in_next: 7 };
  const way = 'month' in given ? 'month' : 'in_next';
  return (
    <div className="value value-window value-anniversary">
      <Picker
        label={`${label}, how`}
        value={way}
        choices={WAYS}
        wide
        onPick={(next) => set(next === 'month' ? { month: 1 } : { in_next: 7 })}
      />
      {way === 'month' ? (
        <Picker
          label={`${label}, month`}
          value={shown(given.month)}
          choices={MONTHS}
          onPick={(month) => set({ month: Number(month) })}
        />
      ) : (
        <>
          <TextInput
            className="value-amount"
            aria-label={`${label}, days`}
            value={shown(given.in_next)}
            inputMode="numeric"
            autoComplete="off"
            onChange={(event) => set({ in_next: event.currentTarget.value.trim() }, '/in_next')}
          />
          <span>days</span>
        </>
      )}
    </div>
  );
}

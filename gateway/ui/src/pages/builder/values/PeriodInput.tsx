/** A day, week, month, quarter or year by its word: this one, the last, or some ago. */

import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { isObject, type JsonObject } from '../../../condition/json';
import { shown } from '../../../condition/literals';
import { Picker, type Choice } from '../../../parts/Picker';
import type { SetValue } from './props';

const PERIODS = ['day', 'week', 'month', 'quarter', 'year'];
const DAYS: Record<string, string> = { '-1': 'yesterday', '0': 'today', '1': 'tomorrow' };
const WORDS: Record<string, string> = { '-1': 'last', '0': 'this', '1': 'next' };
const OTHER = 'other';

const word = (period: string, offset: string): string =>
  period === 'day' ? DAYS[offset]! : `${WORDS[offset]} ${period}`;

const CHOICES: readonly Choice[] = [
  ...['0', '-1', '1'].flatMap((offset) =>
    PERIODS.map((period) => ({ value: `${period} ${offset}`, label: word(period, offset) })),
  ),
  ...PERIODS.slice(1).map((period) => ({
    value: `${period} to date`,
    label: `this ${period} so far`,
    help: 'until now',
  })),
  { value: OTHER, label: 'another one…', help: 'some periods ago or ahead' },
];

export function PeriodInput({
  label,
  value,
  set,
}: {
  label: string;
  value: unknown;
  set: SetValue;
}) {
  const given = isObject(value as JsonObject) ? (value as JsonObject) : {};
  const period = shown(given.period) || 'month';
  const offset = shown(given.offset ?? 0);
  const known = given.to_date === true ? `${period} to date` : `${period} ${offset}`;
  const [open, setOpen] = useState(!CHOICES.some((one) => one.value === known));
  const pick = (choice: string) => {
    setOpen(choice === OTHER);
    if (choice === OTHER)
      return set({ period, offset: offset === '0' ? -2 : (given.offset ?? -2) });
    const [name, ...rest] = choice.split(' ');
    const next: JsonObject = { period: name! };
    set(
      rest[0] === 'to'
        ? { ...next, offset: 0, to_date: true }
        : { ...next, offset: Number(rest[0]) },
    );
  };
  return (
    <div className="value value-period">
      <Picker
        label={label}
        value={open ? OTHER : known}
        choices={CHOICES}
        search="today, last quarter…"
        wide
        onPick={pick}
      />
      {open && (
        <Other
          {...{ label, period, offset }}
          put={(next, place) => set({ ...given, ...next }, place)}
        />
      )}
    </div>
  );
}

interface OtherProps {
  label: string;
  period: string;
  offset: string;
  put: (next: JsonObject, place?: string) => void;
}

function Other({ label, period, offset, put }: OtherProps) {
  const ahead = !offset.startsWith('-');
  const amount = offset.replace('-', '');
  const signed = (text: string, later: boolean) => `${later || !text ? '' : '-'}${text}`;
  return (
    <>
      <TextInput
        className="value-amount"
        aria-label={`${label}, how many`}
        value={amount}
        inputMode="numeric"
        autoComplete="off"
        onChange={(event) =>
          put({ offset: signed(event.currentTarget.value.replace(/\D/g, ''), ahead) }, '/offset')
        }
      />
      <Picker
        label={`${label}, period`}
        value={period}
        choices={PERIODS.map((one) => ({ value: one, label: `${one}s` }))}
        onPick={(next) => put({ period: next })}
      />
      <Picker
        label={`${label}, direction`}
        value={ahead ? 'ahead' : 'ago'}
        choices={['ago', 'ahead'].map((one) => ({ value: one, label: one }))}
        onPick={(way) => put({ offset: signed(amount, way === 'ahead') })}
      />
    </>
  );
}

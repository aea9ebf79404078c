/** A stretch of time that ends or begins now: an amount of units, or of whole calendar units. */

import { TextInput } from '@mantine/core';
import { isObject, type JsonObject } from '../../../condition/json';
import { patchRule, type Rule } from '../../../condition/tree';
import { shown } from '../../../condition/values';
import { Picker, type Choice } from '../../../parts/Picker';
import { useBuilder } from '../context';
import type { SetValue } from './props';

const UNITS = ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'];
const WHOLE = 'calendar ';

const choices = (many: boolean): Choice[] =>
  ['', WHOLE].flatMap((whole) =>
    UNITS.map((unit) => ({
      value: whole + unit,
      label: `${whole}${unit}${many ? 's' : ''}`,
      help: whole ? 'whole ones, the current one included' : undefined,
    })),
  );

export function WindowInput({ rule, label, set }: { rule: Rule; label: string; set: SetValue }) {
  const { draft } = useBuilder();
  const given: JsonObject = isObject(rule.value) ? rule.value : { amount: '', unit: 'day' };
  const amount = shown(given.amount);
  const { calendar, ...others } = rule.extra;
  const pick = (choice: string) => {
    const whole = choice.startsWith(WHOLE);
    const value = { ...given, unit: whole ? choice.slice(WHOLE.length) : choice };
    draft.edit((tree) =>
      patchRule(tree, rule.id, { value, extra: whole ? { ...others, calendar: true } : others }),
    );
  };
  return (
    <div className="value value-window">
      <TextInput
        className="value-amount"
        aria-label={`${label}, amount`}
        value={amount}
        inputMode="numeric"
        autoComplete="off"
        onChange={(event) => set({ ...given, amount: event.currentTarget.value.trim() }, '/amount')}
      />
      <Picker
        label={`${label}, unit`}
        value={(calendar === true ? WHOLE : '') + shown(given.unit)}
        onPick={pick}
        choices={choices(amount !== '1')}
        className="value-unit"
        wide
      />
    </div>
  );
}

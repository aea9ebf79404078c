/** The shapes of values: what each starts with, when it is complete, and how it is sent. */

import type { FieldType, Operator } from '../api/types';
import { isObject, type Json, type JsonObject } from './json';
import { given, literal } from './literals';

type Value = Json | undefined;

/** Objects of whole numbers and words, with the numbers that must be given. */
const NUMBERS: Record<string, readonly string[]> = {
  window: ['amount'],
  ago_span: ['from', 'to'],
  period: ['offset'],
  anniversary: [],
  hours: [],
  sample: [],
};

const FIRST: Record<string, Value> = {
  window: { amount: 30, unit: 'day' },
  ago_span: { from: 90, to: 30, unit: 'day' },
  period: { period: 'month', offset: 0 },
  anniversary: { in_next: 7 },
  hours: [9, 17],
  sample: { from: 0, to: 10, salt: '' },
};

/** The value that an operator starts with; undefined where it must be chosen. */
export const isFirst = (operator?: Operator): Value => FIRST[operator?.value ?? ''];

/** The value in the shape of another operator, as far as it can be. */
export function reshaped(value: Value, from: string | undefined, to: Operator): Value {
  if (from === to.value) return value;
  const one = Array.isArray(value) ? value[0] : undefined;
  if (from === 'one' && to.value === 'list') return value === undefined ? undefined : [value];
  if (from === 'one' && to.value === 'range' && value !== undefined) return [value, ''];
  if ((from === 'list' || from === 'range') && to.value === 'one') return one;
  if (from === 'window' && to.value === 'ago_span' && isObject(value)) {
    return { from: value.amount ?? 90, to: 0, unit: value.unit ?? 'day' };
  }
  if (from === 'ago_span' && to.value === 'window' && isObject(value)) {
    return { amount: value.from ?? 30, unit: value.unit ?? 'day' };
  }
  return isFirst(to);
}

/** Whether a value of a shape says enough to be asked. */
export function isGiven(shape: string, value: Value, type: FieldType): boolean {
  const whole = (one: Value) => one !== '' && given(one, 'int');
  switch (shape) {
    case 'none':
      return true;
    case 'range':
      return (
        Array.isArray(value) &&
        value.length === 2 &&
        value.every((end) => end !== '' && given(end, type))
      );
    case 'hours':
      return Array.isArray(value) && value.length === 2 && value.every(whole);
    case 'weekdays':
      return Array.isArray(value) && value.length > 0;
    case 'anniversary':
      return isObject(value) && (whole(value.in_next) || whole(value.month));
    case 'sample':
      return isObject(value) && whole(value.from) && whole(value.to);
    case 'window':
    case 'ago_span':
    case 'period':
      return isObject(value) && NUMBERS[shape]!.every((key) => whole(value[key]));
    default:
      return given(value, type);
  }
}

/** A value of a shape as it is sent. */
export function sent(shape: string, value: Json, type: FieldType): Json {
  if (shape === 'sample' && isObject(value)) return { ...value, ...numbers(value, 'float') };
  if (shape === 'hours' || shape === 'weekdays') {
    return Array.isArray(value) ? value.map((one) => literal(one, 'int')) : value;
  }
  if (shape in NUMBERS && isObject(value)) return { ...value, ...numbers(value, 'int') };
  if (Array.isArray(value)) return value.map((one) => literal(one, type));
  return literal(value, type);
}

const COUNTED = ['amount', 'from', 'to', 'offset', 'in_next', 'month'];

const numbers = (value: JsonObject, type: FieldType): JsonObject =>
  Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => COUNTED.includes(key))
      .map(([key, one]) => [key, literal(one, type)]),
  );

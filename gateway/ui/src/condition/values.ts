/** Values between the inputs, where numbers are text, and the wire, where nothing is rounded. */

import type { Field, Operator } from '../api/types';
import { isObject, type Json } from './json';
import type { Rule } from './tree';
import type { Vocabulary } from './vocabulary';

const HALF_TYPED = /^[+-]?\.?$/;
const WHOLE = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The type a literal of this operator is read as: the size of a set is a whole number. */
export const literalType = (field: Field, operator?: Operator): Field['type'] =>
  field.type === 'set' && operator?.value === 'one' ? 'int' : field.type;

export const isNumeric = (type: Field['type']): boolean =>
  type === 'int' || type === 'decimal' || type === 'float';

/** One literal as it is sent: ints as numbers while exact, decimals always as text. */
export function literal(value: Json, type: Field['type']): Json {
  if (type === 'bool' && (value === 'true' || value === 'false')) return value === 'true';
  if (typeof value === 'number' && type === 'decimal') return String(value);
  if (typeof value !== 'string' || !isNumeric(type)) return value;
  const text = value.trim();
  if (type === 'int' && WHOLE.test(text)) {
    const whole = Number(text);
    return Number.isSafeInteger(whole) ? whole : text;
  }
  if (type === 'float' && NUMBER.test(text) && Number.isFinite(Number(text))) return Number(text);
  return text;
}

const given = (value: Json | undefined, type: Field['type']): boolean => {
  if (value === undefined || value === null) return false;
  if (typeof value !== 'string') return true;
  if (type === 'keyword' || type === 'text' || type === 'set') return true;
  return !HALF_TYPED.test(value.trim());
};

/** Whether a rule says enough to be asked. What it says may still be wrong: the server tells. */
export function isComplete(rule: Rule, words: Vocabulary): boolean {
  if (!rule.field || !rule.op) return false;
  const field = words.field(rule.field);
  const operator = words.operator(rule.op);
  if (!field || !operator || 'value_field' in rule.extra) return true;
  const type = literalType(field, operator);
  const { value } = rule;
  switch (operator.value) {
    case 'none':
      return true;
    case 'range':
      return (
        Array.isArray(value) &&
        value.length === 2 &&
        value.every((end) => given(end, type) && end !== '')
      );
    case 'window':
      return isObject(value) && given(value.amount, 'int') && value.amount !== '';
    default:
      return given(value, type);
  }
}

/** The value of a complete rule as the wire wants it; undefined when it takes none. */
export function wireValue(rule: Rule, words: Vocabulary): Json | undefined {
  const field = words.field(rule.field);
  const operator = words.operator(rule.op);
  const { value } = rule;
  if (operator?.value === 'none' || value === undefined) return undefined;
  if (!field || !operator) return value;
  const type = literalType(field, operator);
  if (Array.isArray(value)) return value.map((one) => literal(one, type));
  if (operator.value === 'window' && isObject(value)) {
    return { ...value, amount: literal(value.amount ?? '', 'int') };
  }
  return literal(value, type);
}

/** A literal as an input shows it. */
export const shown = (value: Json | undefined): string =>
  value === undefined || value === null
    ? ''
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);

/** Literals between the inputs, where numbers are text, and the wire, where nothing is rounded. */

import type { Field, FieldType } from '../api/types';
import type { Json } from './json';

const HALF_TYPED = /^[+-]?\.?$/;
const WHOLE = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

export const isNumeric = (type: Field['type']): boolean =>
  type === 'int' || type === 'decimal' || type === 'float';

/** One literal as it is sent: ints as numbers while exact, decimals always as text. */
export function literal(value: Json, type: FieldType): Json {
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

/** Whether a literal is there, and not a number of which only the sign is typed. */
export function given(value: Json | undefined, type: FieldType): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== 'string') return true;
  if (type === 'keyword' || type === 'text' || type === 'set') return true;
  return !HALF_TYPED.test(value.trim());
}

/** A literal as an input shows it. */
export const shown = (value: Json | undefined): string =>
  value === undefined || value === null
    ? ''
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);

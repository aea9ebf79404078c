/** JSON as values: conditions are kept as text-exact JSON, so no number is ever rounded. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Source {
  source?: string;
}

const EXACT_DIGITS = 15;

/** Numbers that JavaScript might round keep their text, which the API takes as well. */
function exact(_key: string, value: Json, context?: Source): Json {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  const digits = context.source.replace(/e.*$/i, '').replace(/\D/g, '');
  return digits.length > EXACT_DIGITS ? context.source : value;
}

/** The value of a JSON text. Throws SyntaxError, with the place, when it is not JSON. */
export const readJson = (text: string): Json =>
  JSON.parse(text, exact as (this: unknown, key: string, value: unknown) => unknown) as Json;

export const showJson = (value: Json): string => JSON.stringify(value, null, 2);

/** One step of a JSON Pointer (RFC 6901). */
export const step = (name: string | number): string =>
  `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;

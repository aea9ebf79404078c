/** The value of a rule: whether it is there, and as it is sent. */

import type { Field, FieldType, Operator } from '../api/types';
import type { Json } from './json';
import type { Rule } from './nodes';
import { isGiven, sent } from './shapes';
import type { Vocabulary } from './vocabulary';

/** The type a literal of this operator is read as: the size of a set is a whole number. */
export const literalType = (field: Field, operator?: Operator): FieldType =>
  field.type === 'set' && operator?.value === 'one' ? 'int' : field.type;

/** Whether a rule says enough to be asked. What it says may still be wrong: the server tells. */
export function isComplete(rule: Rule, words: Vocabulary): boolean {
  if (!rule.field || !rule.op) return false;
  const field = words.field(rule.field);
  const operator = words.operator(rule.op);
  if (!field || !operator) return true;
  if ('value_field' in rule.extra) return rule.extra.value_field !== '';
  return isGiven(operator.value, rule.value, literalType(field, operator));
}

/** The value of a complete rule as the wire wants it; undefined when it takes none. */
export function wireValue(rule: Rule, words: Vocabulary): Json | undefined {
  const field = words.field(rule.field);
  const operator = words.operator(rule.op);
  const { value } = rule;
  if (operator?.value === 'none' || value === undefined || 'value_field' in rule.extra)
    return undefined;
  if (!field || !operator) return value;
  return sent(operator.value, value, literalType(field, operator));
}

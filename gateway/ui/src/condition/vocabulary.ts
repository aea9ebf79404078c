/** What may be said of a dataset: its fields and the operators that fit each of them. */

import type { Dataset, Field, Operator } from '../api/types';
import type { Rule } from './tree';

export const KEY_FIELD = '_key';

export interface Vocabulary {
  dataset: Dataset;
  fields: readonly Field[];
  field(name: string): Field | undefined;
  operator(key: string): Operator | undefined;
  operatorsFor(field: Field): readonly Operator[];
}

export function vocabulary(dataset: Dataset, operators: readonly Operator[]): Vocabulary {
  const fields = new Map(dataset.fields.map((field) => [field.name, field]));
  const key = dataset.fields.find((field) => field.key);
  if (key && !fields.has(KEY_FIELD)) fields.set(KEY_FIELD, key);
  const byKey = new Map(operators.map((operator) => [operator.key, operator]));
  return {
    dataset,
    fields: dataset.fields,
    field: (name) => fields.get(name),
    operator: (name) => byKey.get(name),
    operatorsFor: (field) => operators.filter((operator) => operator.types.includes(field.type)),
  };
}

export const labelOf = (field: Field): string => field.label || field.name;

/** A rule moved to another field: operator and value stay where they still make sense. */
export function onField(words: Vocabulary, rule: Rule, name: string): Rule {
  const field = words.field(name);
  const before = words.field(rule.field);
  if (!field || name === rule.field) return rule;
  const menu = words.operatorsFor(field);
  const operator = menu.find((one) => one.key === rule.op) ?? menu[0];
  const same = before?.type === field.type && operator?.key === rule.op;
  const keeps = same && (operator?.value === 'window' || operator?.value === 'none');
  const next = { ...rule, field: name, op: operator?.key ?? '', extra: keptExtra(rule) };
  return { ...next, value: keeps ? rule.value : blank(operator) };
}

/** A rule with another operator: the value is kept or turned into the new shape. */
export function withOperator(words: Vocabulary, rule: Rule, key: string): Rule {
  const from = words.operator(rule.op)?.value;
  const operator = words.operator(key);
  if (!operator || key === rule.op) return rule;
  const extra = operator.negative ? rule.extra : without(rule.extra, 'nulls');
  return { ...rule, op: key, extra, value: reshaped(rule.value, from, operator) };
}

const blank = (operator?: Operator): Rule['value'] =>
  operator?.value === 'window' ? { amount: 30, unit: 'day' } : undefined;

function reshaped(value: Rule['value'], from: string | undefined, to: Operator): Rule['value'] {
  if (from === to.value) return value;
  if (from === 'one' && to.value === 'list') return value === undefined ? undefined : [value];
  if (from === 'list' && to.value === 'one') return Array.isArray(value) ? value[0] : undefined;
  if (from === 'one' && to.value === 'range' && value !== undefined) return [value, ''];
  if (from === 'range' && to.value === 'one') return Array.isArray(value) ? value[0] : undefined;
  return blank(to);
}

const without = (extra: Rule['extra'], key: string): Rule['extra'] =>
  Object.fromEntries(Object.entries(extra).filter(([name]) => name !== key));

const keptExtra = (rule: Rule): Rule['extra'] =>
  Object.fromEntries(
    Object.entries(rule.extra).filter(([name]) => name === 'id' || name === 'note'),
  );

/** What may be said of a dataset: its fields, the operators that fit them, and its neighbours. */

import type { Dataset, Field, Operator } from '../api/types';
import { rule, type Group, type Rule } from './nodes';
import { isFirst, reshaped } from './shapes';
import { update } from './tree';

export const KEY_FIELD = '_key';

/** A way to the records of another dataset. */
export interface Linked {
  dataset: string;
  via: string;
  /** Many records there may belong to one here; else one there belongs to many here. */
  many: boolean;
  /** More than one link joins the two, so that this one must be named. */
  ambiguous: boolean;
  records: number;
}

export interface Vocabulary {
  dataset: Dataset;
  fields: readonly Field[];
  operators: readonly Operator[];
  /** The ways to other datasets whose records may be asked about. */
  linked: readonly Linked[];
  field(name: string): Field | undefined;
  operator(key: string): Operator | undefined;
  operatorsFor(field: Field): readonly Operator[];
  /** The words of another dataset; without any field where there is no such dataset. */
  of(dataset: string): Vocabulary;
}

export function vocabulary(
  dataset: Dataset,
  operators: readonly Operator[],
  datasets: readonly Dataset[] = [dataset],
): Vocabulary {
  const known = new Map<string, Vocabulary>();
  const of = (name: string): Vocabulary => {
    const have = known.get(name);
    if (have) return have;
    const found = datasets.find((one) => one.name === name) ?? nowhere(name, dataset);
    const words = { ...about(found, operators), linked: linkedTo(found, datasets), of };
    known.set(name, words);
    return words;
  };
  const words = { ...about(dataset, operators), linked: linkedTo(dataset, datasets), of };
  known.set(dataset.name, words);
  return words;
}

const nowhere = (name: string, like: Dataset): Dataset => ({
  ...like,
  name,
  fields: [],
  links: [],
  records: 0,
});

function about(dataset: Dataset, operators: readonly Operator[]) {
  const fields = new Map(dataset.fields.map((field) => [field.name, field]));
  const key = dataset.fields.find((field) => field.key);
  if (key && !fields.has(KEY_FIELD)) fields.set(KEY_FIELD, key);
  const byKey = new Map(operators.map((operator) => [operator.key, operator]));
  const fits = (operator: Operator, field: Field) =>
    operator.of_key ? field.key === true : operator.types.includes(field.type);
  return {
    dataset,
    operators,
    fields: dataset.fields,
    field: (name: string) => fields.get(name),
    operator: (name: string) => byKey.get(name),
    operatorsFor: (field: Field) => operators.filter((operator) => fits(operator, field)),
  };
}

function linkedTo(dataset: Dataset, datasets: readonly Dataset[]): Linked[] {
  const to = dataset.links.map((link) => ({ dataset: link.to, via: link.name, many: false }));
  const from = datasets.flatMap((other) =>
    other.links
      .filter((link) => link.to === dataset.name)
      .map((link) => ({ dataset: other.name, via: link.name, many: true })),
  );
  const all = [...from, ...to];
  const records = (name: string) => datasets.find((one) => one.name === name)?.records ?? 0;
  return all.map((one) => ({
    ...one,
    ambiguous: all.filter((other) => other.dataset === one.dataset).length > 1,
    records: records(one.dataset),
  }));
}

export const labelOf = (field: Field): string => field.label || field.name;

/** The way that a question about related records takes; undefined where there is no such. */
export const wayOf = (words: Vocabulary, dataset: string, via: string | null): Linked | undefined =>
  words.linked.find((one) => one.dataset === dataset && (via === null || one.via === via));

/** A rule on another field: operator and value stay where they still make sense. */
export function onField(words: Vocabulary, rule: Rule, name: string): Rule {
  const field = words.field(name);
  const before = words.field(rule.field);
  if (!field || name === rule.field) return rule;
  const menu = words.operatorsFor(field);
  const operator = menu.find((one) => one.key === rule.op) ?? menu[0];
  const same = before?.type === field.type && operator?.key === rule.op;
  const keeps = same && !['one', 'list', 'range'].includes(operator?.value ?? 'one');
  const sent = operator?.of_key ? KEY_FIELD : name;
  const next = { ...rule, field: sent, op: operator?.key ?? '', extra: keptExtra(rule.extra) };
  return { ...next, value: keeps ? rule.value : isFirst(operator) };
}

/** The tree with a row about a field that is new. */
export const onNewField = (tree: Group, id: string, words: Vocabulary, name: string): Group =>
  update(tree, id, ({ not, muted }) => ({ ...onField(words, rule(id), name), not, muted }));

/** A rule with another operator: the value is kept or turned into the new shape. */
export function withOperator(words: Vocabulary, rule: Rule, key: string): Rule {
  const from = words.operator(rule.op)?.value;
  const operator = words.operator(key);
  if (!operator || key === rule.op) return rule;
  const about = words.field(rule.field);
  const field = operator.of_key && about?.key ? KEY_FIELD : rule.field;
  const { value_field: other, ...extra } = optionsFor(operator, rule.extra);
  if (other !== undefined)
    return { ...rule, field, op: key, extra: { ...extra, value_field: other } };
  return { ...rule, field, op: key, extra, value: reshaped(rule.value, from, operator) };
}

const OPTIONS = ['case_sensitive', 'nulls', 'value_field', 'tz', 'calendar'];

/** Of a rule's further keys those that still mean something with an operator. */
const optionsFor = (operator: Operator, extra: Rule['extra']): Rule['extra'] =>
  Object.fromEntries(
    Object.entries(extra).filter(
      ([key]) => !OPTIONS.includes(key) || operator.options.includes(key),
    ),
  );

export const keptExtra = (extra: Rule['extra']): Rule['extra'] =>
  Object.fromEntries(Object.entries(extra).filter(([name]) => name === 'id' || name === 'note'));

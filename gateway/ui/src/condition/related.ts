/** What may be asked of related records: functions over their fields, and counts of them. */

import type { Field, FieldType } from '../api/types';
import {
  below,
  group,
  related,
  type Aggregate,
  type Measure,
  type NewId,
  type Node,
  type Related,
} from './nodes';
import type { Linked, Vocabulary } from './vocabulary';
import { isGiven } from './shapes';
import { contains } from './tree';

/** Datasets one after another along links; the language's own limit. */
export const HOPS_MAX = 3;
/** Records one after another in a sequence. */
export const STEPS_MAX = 8;

/** Operators that compare a number of records, with their words for it. */
export const COUNT_OPERATORS: readonly { key: string; label: string }[] = [
  { key: 'gte', label: 'at least' },
  { key: 'is', label: 'exactly' },
  { key: 'lte', label: 'at most' },
  { key: 'gt', label: 'more than' },
  { key: 'lt', label: 'fewer than' },
  { key: 'between', label: 'between' },
  { key: 'is_not', label: 'any number but' },
];
const COMPARING = new Set(COUNT_OPERATORS.map((operator) => operator.key));

const NUMBERS: readonly FieldType[] = ['int', 'decimal', 'float'];
const TIMES: readonly FieldType[] = ['date', 'timestamp'];

export interface Fold {
  key: string;
  label: string;
  help: string;
  takes(field: Field): boolean;
}

const number = ({ type }: Field) => NUMBERS.includes(type);
const ordered = ({ type }: Field) => number({ type } as Field) || TIMES.includes(type);
const single = ({ type }: Field) => type !== 'set' && type !== 'text';

export const FOLDS: readonly Fold[] = [
  { key: 'sum', label: 'the total of', help: '0 where there is none', takes: number },
  { key: 'avg', label: 'the average of', help: 'of those with a value', takes: number },
  { key: 'median', label: 'the median of', help: 'the middle value', takes: number },
  { key: 'min', label: 'the smallest', help: 'or the earliest', takes: ordered },
  { key: 'max', label: 'the largest', help: 'or the latest', takes: ordered },
  {
    key: 'count_distinct',
    label: 'different values of',
    help: 'how many there are',
    takes: single,
  },
  { key: 'first', label: 'the first', help: 'by a time field', takes: single },
  { key: 'last', label: 'the latest', help: 'by a time field', takes: single },
];

export const foldOf = (key: string): Fold | undefined => FOLDS.find((fold) => fold.key === key);
export const needsOrder = (fn: string): boolean => fn === 'first' || fn === 'last';
export const isTime = (field: Field): boolean => TIMES.includes(field.type);

/** The type of what a function answers: averages of whole numbers are no whole numbers. */
export function foldType(fn: string, field: Field): FieldType {
  if (fn === 'count_distinct') return 'int';
  if (fn === 'avg' || fn === 'median') return field.type === 'float' ? 'float' : 'decimal';
  return field.type;
}

/** The operators that compare the answer of a function: those that also fit its type. */
export const foldOperators = (words: Vocabulary, type: FieldType) =>
  words.operators.filter((one) => COMPARING.has(one.key) && one.types.includes(type));

/** The time field that records are best ordered by: the first that nearly all of them have. */
export function orderField(words: Vocabulary): string {
  const times = words.fields.filter(isTime);
  return times.toSorted((one, two) => two.filled - one.filled)[0]?.name ?? '';
}

/** The words of the dataset that a node asks about. */
export function wordsAt(node: Node, id: string, words: Vocabulary): Vocabulary {
  const theirs = node.kind === 'related' ? words.of(node.dataset) : words;
  const within = below(node).find((child) => contains(child, id));
  return node.id === id || !within ? words : wordsAt(within, id, theirs);
}

/** A first question about records of another dataset: whether there are any. */
export const aboutLinked = (id: string, { dataset, via, ambiguous }: Linked, newId: NewId) =>
  related(id, dataset, ambiguous ? via : null, group(newId(), 'all'));

/** A function of a field with the first operator that fits, and no value yet. */
export function aggregate(words: Vocabulary, fn: string, name?: string): Aggregate {
  const fold = foldOf(fn);
  const takes = words.fields.filter((field) => !field.key && fold?.takes(field));
  const field = takes.find((one) => one.name === name) ?? takes[0];
  const operators = field ? foldOperators(words, foldType(fn, field)) : [];
  const op = operators.find((one) => one.key === 'gte') ?? operators[0];
  return {
    kind: 'aggregate',
    fn,
    field: field?.name ?? '',
    orderBy: needsOrder(fn) ? orderField(words) : null,
    op: op?.key ?? '',
    value: undefined,
  };
}

/** The measure of another kind, with what still makes sense of the one before. */
export function measured(words: Vocabulary, before: Measure, kind: string, newId: NewId): Measure {
  if (kind === 'any') return { kind };
  if (kind === 'count') return { kind, op: 'gte', value: '1' };
  if (kind === 'sequence') {
    const step = {
      where: group(newId(), 'all'),
      within: { amount: 7, unit: 'day' },
      absent: false,
    };
    return { kind, orderBy: orderField(words), later: [step] };
  }
  const same = before.kind === 'aggregate' ? before : null;
  const next = aggregate(words, kind, same?.field);
  const kept =
    same !== null && same.field === next.field && typeFor(words, same) === typeFor(words, next);
  return kept ? { ...next, op: same.op, value: same.value } : next;
}

const typeFor = (words: Vocabulary, { fn, field }: Aggregate): FieldType | undefined => {
  const found = words.field(field);
  return found && foldType(fn, found);
};

/** What the comparison of a measure is with; null for one that compares nothing. */
export function comparison(
  measure: Measure,
  words: Vocabulary,
): { shape: string; type: FieldType } | null {
  if (measure.kind !== 'count' && measure.kind !== 'aggregate') return null;
  const shape = measure.op === 'between' ? 'range' : 'one';
  const type = measure.kind === 'count' ? 'int' : (typeFor(words, measure) ?? 'text');
  return { shape, type };
}

/** Whether a question about related records says enough to be asked; `words` are of theirs. */
export function isAsked({ dataset, measure }: Related, words: Vocabulary): boolean {
  if (!dataset) return false;
  if (measure.kind === 'any') return true;
  if (measure.kind === 'sequence') {
    const timed = ({ within }: { within: Related['extra'] | null }) =>
      within === null || isGiven('window', within, 'int');
    return measure.orderBy !== '' && measure.later.every(timed);
  }
  const { shape, type } = comparison(measure, words)!;
  const named = measure.kind === 'count' || measure.field !== '';
  return named && measure.op !== '' && isGiven(shape, measure.value, type);
}

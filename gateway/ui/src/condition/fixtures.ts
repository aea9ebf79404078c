/** A small made-up dataset with every field type: for unit tests and the patterns page. */

import type { Dataset, Field, Operator } from '../api/types';
import type { NewId } from './nodes';

const field = (name: string, type: Field['type'], more: Partial<Field> = {}): Field => ({
  name,
  type,
  label: name,
  filled: 1,
  distinct: 6,
  ...more,
});

export const shoppers: Dataset = {
  name: 'shoppers',
  key: 'shopper_id',
  time_zone: 'Europe/Berlin',
  clock_offset_s: -280_000_000,
  now: '2018-01-01T00:00:00Z',
  records: 250_000,
  sequence: 12,
  updated_at: '2026-11-23T08:00:00Z',
  fields: [
    field('shopper_id', 'int', { label: 'Shopper', key: true, distinct: 250_000 }),
    field('state', 'keyword', { label: 'State', filled: 0.98, distinct: 8 }),
    field('plan', 'keyword', { label: 'Plan', distinct: 4 }),
    field('orders', 'int', { label: 'Orders', distinct: 42 }),
    field('spend', 'decimal', { label: 'Lifetime spend', scale: 2, distinct: 91_204 }),
    field('score', 'float', { label: 'Score', filled: 0.31, distinct: 12_000 }),
    field('subscribed', 'bool', { label: 'Subscribed', distinct: 2 }),
    field('birthday', 'date', { label: 'Birthday', filled: 0.64, distinct: 18_003 }),
    field('last_order', 'timestamp', { label: 'Last order', distinct: 120_441 }),
    field('tags', 'set', { label: 'Tags', filled: 0.4, distinct: 12 }),
    field('note', 'text', { label: 'Note', filled: 0.02, distinct: 4_000, pii: 'email' }),
  ],
  links: [{ name: 'region', field: 'state', to: 'regions', to_field: null }],
};

/** Orders of shoppers, in shops: two links, so two hops. */
export const orders: Dataset = {
  ...shoppers,
  name: 'orders',
  key: 'order_id',
  time_zone: 'UTC',
  records: 1_200_000,
  fields: [
    field('order_id', 'int', { label: 'Order', key: true, distinct: 1_200_000 }),
    field('shopper', 'int', { label: 'Shopper', distinct: 250_000 }),
    field('amount', 'decimal', { label: 'Amount', scale: 2, distinct: 40_110 }),
    field('status', 'keyword', { label: 'Status', distinct: 4 }),
    field('placed', 'timestamp', { label: 'Placed', distinct: 1_100_000 }),
  ],
  links: [{ name: 'shopper', field: 'shopper', to: 'shoppers', to_field: null }],
};

export const datasets: Dataset[] = [shoppers, orders];

const operator = (
  key: string,
  label: string,
  value: Operator['value'],
  types: string[],
  options: string[] = [],
): Operator => ({
  key,
  label,
  value,
  types,
  options,
  negative: options.includes('nulls'),
  of_key: !types.length,
  help: `The value ${label} what you give.`,
});

const SINGLE = ['bool', 'int', 'decimal', 'float', 'date', 'timestamp', 'keyword', 'text'];
const ORDERED = ['int', 'decimal', 'float', 'date', 'timestamp', 'keyword'];

const TIMES = ['date', 'timestamp'];
const COMPARED = ['value_field', 'tz'];
const FOLDED = ['case_sensitive', 'tz'];

export const operators: Operator[] = [
  operator('is', 'is', 'one', SINGLE, [...FOLDED, 'value_field']),
  operator('is_not', 'is not', 'one', SINGLE, [...FOLDED, 'value_field', 'nulls']),
  operator('in', 'is any of', 'list', SINGLE, FOLDED),
  operator('not_in', 'is none of', 'list', SINGLE, [...FOLDED, 'nulls']),
  operator('gt', 'is greater than', 'one', ORDERED, COMPARED),
  operator('gte', 'is at least', 'one', ORDERED, COMPARED),
  operator('between', 'is between', 'range', ORDERED, ['tz']),
  operator('in_last', 'is in the last', 'window', TIMES, ['tz', 'calendar']),
  operator('between_ago', 'is between … ago', 'ago_span', TIMES, ['tz', 'calendar']),
  operator('in_period', 'is in the period', 'period', TIMES, ['tz']),
  operator('anniversary', 'has its anniversary', 'anniversary', TIMES, ['tz']),
  operator('weekday_in', 'is on a', 'weekdays', TIMES, ['tz']),
  operator('hour_between', 'is between the hours', 'hours', ['timestamp'], ['tz']),
  operator('has_any', 'has any of', 'list', ['set']),
  operator('is_set', 'is set', 'none', [...SINGLE, 'set']),
  operator('sample', 'is in the sample', 'sample', []),
];

/** Ids in order: n1, n2, … */
export function counter(): NewId {
  let last = 0;
  return () => `n${(last += 1)}`;
}

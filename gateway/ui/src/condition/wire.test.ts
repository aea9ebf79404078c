import { describe, expect, it } from 'vitest';
import { counter, datasets, operators, shoppers } from './fixtures';
import { readJson, type Json } from './json';
import { group, related, rule, type Measure } from './nodes';
import { vocabulary } from './vocabulary';
import { fromWire } from './read';
import { nodeAt, toWire } from './wire';

const words = vocabulary(shoppers, operators, datasets);
const there = (json: Json) => toWire(fromWire(json, counter()), words).condition;

describe('the wire', () => {
  it.each<[Json]>([
    [{ all: [] }],
    [{ any: [{ field: 'state', op: 'is', value: 'CA' }] }],
    [{ all: [{ not: { any: [{ field: 'plan', op: 'in', value: ['free', 'pro'] }] } }] }],
    [{ all: [{ not: { field: 'plan', op: 'is', value: 'free' }, id: 'n', muted: true }] }],
    [
      {
        all: [
          {
            field: 'last_order',
            op: 'in_last',
            value: { amount: 30, unit: 'day' },
            calendar: true,
          },
        ],
      },
    ],
    [
      {
        all: [
          { related: 'orders', where: { field: 'total', op: 'gt', value: 5 } },
          { segment: 'sg_1' },
        ],
      },
    ],
    [{ not: { all: [{ field: 'orders', op: 'between', value: [1, 9] }], note: 'why' } }],
    [{ all: [{ any: [] }] }],
    [{ all: [{ segment: 'sg_1', version: 3 }, { not: { segment: 'sg_2' } }] }],
    [{ all: [{ segment: 'sg_1', since: 3 }, { segment: 4 }] }],
  ])('brings %j back as it was', (json) => {
    expect(there(json)).toEqual(json);
  });
  it('puts a leaf, a muted root and a double not into a group of the same meaning', () => {
    const leaf = { field: 'state', op: 'is', value: 'CA' };
    expect(there(leaf)).toEqual({ all: [leaf] });
    expect(there({ any: [], muted: true })).toEqual({ all: [{ any: [], muted: true }] });
    expect(there({ not: { not: leaf } })).toEqual({ not: { all: [{ not: leaf }] } });
    expect(there({ not: { ...leaf, muted: true } })).toEqual({
      not: { all: [{ ...leaf, muted: true }] },
    });
  });
  it('keeps what is not a condition, so that the server can say so', () => {
    expect(there({ field: 'state' })).toEqual({ all: [{ field: 'state' }] });
    expect(there({ field: 'state', op: 'is', value: null })).toEqual({
      all: [{ field: 'state', op: 'is', value: null }],
    });
  });
  it('leaves out rules that are not finished, and groups with nothing else', () => {
    const tree = group('root', 'all', [
      rule('1'),
      rule('2', 'state', 'is'),
      rule('3', 'orders', 'between', ['1', '']),
      group('4', 'any', [rule('5', 'orders', 'gte', '-')]),
      rule('6', 'state', 'is_set'),
    ]);
    expect(toWire(tree, words).condition).toEqual({ all: [{ field: 'state', op: 'is_set' }] });
    expect(toWire(group('root', 'any', [rule('1')]), words).condition).toEqual({ all: [] });
  });
  it('leaves out the nodes it is told to', () => {
    const tree = group('root', 'all', [
      rule('1', 'state', 'is', 'CA'),
      rule('2', 'plan', 'is_set'),
    ]);
    expect(toWire(tree, words, new Set(['1'])).condition).toEqual({
      all: [{ field: 'plan', op: 'is_set' }],
    });
  });
  it('names the place of every sent node', () => {
    const tree = group('root', 'all', [
      rule('skipped'),
      { ...group('not', 'any', [rule('a', 'state', 'is', 'CA')]), not: true },
    ]);
    const { places } = toWire(tree, words);
    expect(places.get('')).toBe('root');
    expect(places.get('/all/0')).toBe('not');
    expect(places.get('/all/0/not')).toBe('not');
    expect(places.get('/all/0/not/any/0')).toBe('a');
    expect(nodeAt(places, '/all/0/not/any/0/value/3')).toBe('a');
    expect(nodeAt(places, '/elsewhere')).toBe('root');
  });
});

describe('related records', () => {
  const amount = { field: 'amount', op: 'gt', value: '100' };
  const status = { field: 'status', op: 'is', value: 'paid' };
  const within = { amount: 7, unit: 'day' };
  it.each<[Json]>([
    [{ related: 'orders' }],
    [{ related: 'orders', via: 'shopper', where: amount }],
    [{ related: 'orders', where: { all: [amount, status] }, count: { op: 'gte', value: 2 } }],
    [{ related: 'orders', count: { op: 'between', value: [0, 3] }, note: 'few' }],
    [{ related: 'orders', aggregate: { fn: 'sum', field: 'amount' }, op: 'gt', value: '100' }],
    [
      {
        related: 'orders',
        aggregate: { fn: 'last', field: 'status', order_by: 'placed' },
        op: 'is',
        value: 'paid',
      },
    ],
    [
      {
        related: 'orders',
        sequence: [{ where: status }, { where: { all: [] }, within, absent: true }],
        order_by: 'placed',
      },
    ],
    [{ related: 'orders', where: { related: 'shoppers', where: { related: 'orders' } } }],
    [{ related: 'orders', count: { op: 'gte', value: 1 }, sequence: [] }],
    [{ related: 'orders', sequence: [{ where: amount, of: 2 }], order_by: 'placed' }],
    [{ related: 'orders', count: { op: 'gte', value: 1, of: 2 } }],
    [{ related: 'elsewhere', where: { field: 'x', op: 'is', value: '1' }, newer: true }],
  ])('brings %j back as it was', (json) => {
    expect(there({ all: [json] })).toEqual({ all: [json] });
  });
  it('sends the numbers of their own fields as those fields want them', () => {
    const asked = { related: 'orders', where: { field: 'amount', op: 'gt', value: 100 } };
    expect(there({ all: [asked] })).toEqual({
      all: [{ ...asked, where: { field: 'amount', op: 'gt', value: '100' } }],
    });
  });
  it('leaves a question out until it is finished, and its unfinished conditions', () => {
    const every = () => group('w', 'all', [rule('x')]);
    const ask = (measure: Measure) =>
      toWire(group('root', 'all', [related('r', 'orders', null, every(), measure)]), words);
    expect(ask({ kind: 'count', op: 'gte', value: '' }).condition).toEqual({ all: [] });
    expect(ask({ kind: 'count', op: 'gte', value: '2' }).condition).toEqual({
      all: [{ related: 'orders', count: { op: 'gte', value: 2 } }],
    });
  });
  it('names the places of conditions within', () => {
    const where = group('w', 'all', [
      rule('a', 'amount', 'gt', '1'),
      rule('b', 'status', 'is_set'),
    ]);
    const { places } = toWire(group('root', 'all', [related('r', 'orders', null, where)]), words);
    expect(nodeAt(places, '/all/0/where/all/1/value')).toBe('b');
    expect(nodeAt(places, '/all/0/where')).toBe('w');
    expect(nodeAt(places, '/all/0/via')).toBe('r');
    const alone = group('w', 'all', [rule('a', 'amount', 'gt', '1')]);
    const { places: one } = toWire(
      group('root', 'all', [related('r', 'orders', null, alone)]),
      words,
    );
    expect(nodeAt(one, '/all/0/where/value')).toBe('a');
  });
});

describe('values', () => {
  const sent = (field: string, op: string, value: Json) =>
    (
      toWire(group('root', 'all', [rule('1', field, op, value)]), words).condition.all as {
        value: Json;
      }[]
    )[0]?.value;

  it('sends whole numbers as numbers while they are exact, and as text beyond', () => {
    expect(sent('orders', 'is', '42')).toBe(42);
    expect(sent('orders', 'is', '9007199254740993')).toBe('9007199254740993');
  });
  it('sends decimals as text, floats as numbers, yes and no as such', () => {
    expect(sent('spend', 'gte', '250.10')).toBe('250.10');
    expect(sent('spend', 'gte', 250.5)).toBe('250.5');
    expect(sent('score', 'gte', '.5')).toBe(0.5);
    expect(sent('subscribed', 'in', ['true', false])).toEqual([true, false]);
  });
  it('sends what is no number as it was typed, for the server to refuse', () => {
    expect(sent('orders', 'is', '12a')).toBe('12a');
  });
  it.each<[string, Json, Json]>([
    ['between_ago', { from: '90', to: '30', unit: 'day' }, { from: 90, to: 30, unit: 'day' }],
    ['in_period', { period: 'week', offset: '-2' }, { period: 'week', offset: -2 }],
    ['anniversary', { month: 5 }, { month: 5 }],
    ['weekday_in', [6, 7], [6, 7]],
    ['hour_between', [22, 6], [22, 6]],
  ])('sends what %s takes', (op, typed, wire) => {
    expect(sent('last_order', op, typed)).toEqual(wire);
  });
  it('sends the share of a sample as numbers', () => {
    expect(sent('_key', 'sample', { from: '0', to: '2.5', salt: 'a' })).toEqual({
      from: 0,
      to: 2.5,
      salt: 'a',
    });
  });
  it('sends the name of another field instead of a value', () => {
    const compared = { field: 'orders', op: 'gt', value_field: 'score' };
    expect(there(compared)).toEqual({ all: [compared] });
  });
  it('sends the amount of a window as a number', () => {
    expect(sent('last_order', 'in_last', { amount: '30', unit: 'day' })).toEqual({
      amount: 30,
      unit: 'day',
    });
  });
});

describe('reading JSON', () => {
  it('keeps the digits of numbers that JavaScript would round', () => {
    expect(readJson('[12345678901234567890, 0.10, 1e2, -7, 0.1000000000000000055]')).toEqual([
      '12345678901234567890',
      0.1,
      100,
      -7,
      '0.1000000000000000055',
    ]);
  });
});

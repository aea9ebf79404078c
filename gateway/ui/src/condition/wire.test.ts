import { describe, expect, it } from 'vitest';
import { counter, operators, shoppers } from './fixtures';
import { readJson, type Json } from './json';
import { group, rule } from './tree';
import { vocabulary } from './vocabulary';
import { fromWire, nodeAt, toWire } from './wire';

const words = vocabulary(shoppers, operators);
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

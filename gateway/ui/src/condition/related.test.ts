import { describe, expect, it } from 'vitest';
import { counter, datasets, operators, orders, shoppers } from './fixtures';
import { group, related, rule } from './nodes';
import { foldOperators, foldType, measured, orderField, wordsAt } from './related';
import { vocabulary, wayOf } from './vocabulary';

const words = vocabulary(shoppers, operators, datasets);
const theirs = words.of('orders');

describe('datasets joined by links', () => {
  it('are known from both sides', () => {
    expect(words.linked).toMatchObject([
      { dataset: 'orders', via: 'shopper', many: true, ambiguous: false },
      { dataset: 'regions', via: 'region', many: false },
    ]);
    expect(theirs.linked).toMatchObject([{ dataset: 'shoppers', many: false }]);
    expect(wayOf(words, 'orders', 'other')).toBeUndefined();
    expect(words.of('nowhere').fields).toEqual([]);
  });
  it('are ambiguous where two links join the same two', () => {
    const twice = { ...orders, links: [orders.links[0]!, { ...orders.links[0]!, name: 'payer' }] };
    const { linked } = vocabulary(shoppers, operators, [shoppers, twice]);
    expect(linked.filter((one) => one.ambiguous).map((one) => one.via)).toEqual([
      'shopper',
      'payer',
    ]);
  });
  it('have words of their own for the conditions within', () => {
    const where = group('w', 'all', [rule('x')]);
    const root = group('root', 'all', [related('r', 'orders', null, where)]);
    expect(wordsAt(root, 'w', words).dataset.name).toBe('orders');
    expect(wordsAt(root, 'r', words).dataset.name).toBe('shoppers');
  });
});

describe('a measure', () => {
  it('starts with a field that its function takes', () => {
    expect(measured(theirs, { kind: 'any' }, 'sum', counter())).toMatchObject({
      fn: 'sum',
      field: 'shopper',
      op: 'gte',
    });
    expect(measured(theirs, { kind: 'any' }, 'last', counter())).toMatchObject({
      orderBy: 'placed',
    });
    expect(orderField(theirs)).toBe('placed');
  });
  it('keeps field and value where the next function answers the same type', () => {
    const before = { ...measured(theirs, { kind: 'any' }, 'min', counter()), value: '5' };
    expect(measured(theirs, before, 'max', counter())).toMatchObject({ value: '5' });
    expect(measured(theirs, before, 'avg', counter())).toMatchObject({ value: undefined });
  });
  it('answers a type of its own', () => {
    const amount = theirs.field('amount')!;
    expect(foldType('count_distinct', amount)).toBe('int');
    expect(foldType('avg', theirs.field('shopper')!)).toBe('decimal');
    expect(foldOperators(theirs, 'keyword').map((one) => one.key)).toContain('is');
    expect(foldOperators(theirs, 'bool').map((one) => one.key)).not.toContain('gt');
  });
});

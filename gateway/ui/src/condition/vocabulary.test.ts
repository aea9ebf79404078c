import { describe, expect, it } from 'vitest';
import { operators, shoppers } from './fixtures';
import { rule } from './nodes';
import { onField, vocabulary, withOperator } from './vocabulary';

const words = vocabulary(shoppers, operators);

describe('changing the field', () => {
  it('starts with the first operator that fits and no value', () => {
    expect(onField(words, rule('1'), 'tags')).toMatchObject({
      field: 'tags',
      op: 'has_any',
      value: undefined,
    });
  });
  it('keeps the operator where it fits, and a window between fields of one type', () => {
    const before = rule('1', 'state', 'in', ['CA']);
    expect(onField(words, before, 'plan')).toMatchObject({ op: 'in', value: undefined });
    expect(onField(words, rule('1', 'state', 'is', 'CA'), 'nowhere')).toMatchObject({
      field: 'state',
    });
  });
  it('knows the key by both of its names', () => {
    expect(words.field('_key')).toBe(words.field('shopper_id'));
  });
});

describe('changing the operator', () => {
  it.each([
    ['is', 'in', '5', ['5']],
    ['in', 'is', ['5', '6'], '5'],
    ['is', 'not_in', undefined, undefined],
    ['gte', 'between', '5', ['5', '']],
    ['between', 'gte', ['5', '9'], '5'],
    ['is', 'gte', '5', '5'],
    ['is', 'is_set', '5', undefined],
  ])('from %s to %s turns %j into %j', (from, to, before, after) => {
    expect(withOperator(words, rule('1', 'orders', from, before), to)).toMatchObject({ op: to });
    expect(withOperator(words, rule('1', 'orders', from, before), to).value).toEqual(after);
  });
  it('starts a window with thirty days', () => {
    expect(withOperator(words, rule('1', 'last_order', 'is_set'), 'in_last').value).toEqual({
      amount: 30,
      unit: 'day',
    });
  });
  it('drops the choice about missing values where it has no meaning', () => {
    const before = { ...rule('1', 'state', 'is_not', 'CA'), extra: { nulls: 'exclude' } };
    expect(withOperator(words, before, 'not_in').extra).toEqual({ nulls: 'exclude' });
    expect(withOperator(words, before, 'is').extra).toEqual({});
  });
});

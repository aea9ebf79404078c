import { describe, expect, it } from 'vitest';
import { completed, completions, faultAt, wordBefore, type Name } from './completion';

const spend: Name = { name: 'spend', help: 'decimal', kind: 'field' };
const suspended: Name = { name: 'is_special', help: 'bool', kind: 'field' };
const round: Name = { name: 'round', help: 'round(x, n)', kind: 'function' };
const related: Name = { name: 'orders.amount', help: 'decimal', kind: 'related' };
const names = [suspended, spend, round, related];

describe('completing a formula', () => {
  it('finds the word at the caret, but not within a text', () => {
    expect(wordBefore('round(spe', 9)).toBe('spe');
    expect(wordBefore('sum(orders.am', 13)).toBe('orders.am');
    expect(wordBefore("if(plan = 'spe", 14)).toBe('');
    expect(wordBefore('1 + ', 4)).toBe('');
  });
  it('offers names that start with it first, and none that is there already', () => {
    expect(completions('spe', names)).toEqual([spend, suspended].toReversed().toReversed());
    expect(completions('spend', names)).toEqual([]);
    expect(completions('', names)).toEqual([]);
  });
  it('puts a bracket behind a function and the caret after it', () => {
    expect(completed('1 + rou', 7, round)).toEqual(['1 + round(', 10]);
    expect(completed('rou(2)', 3, round)).toEqual(['round(2)', 5]);
    expect(completed('sp + 1', 2, spend)).toEqual(['spend + 1', 5]);
  });
  it('underlines the word or sign at a fault', () => {
    expect(faultAt('spend + stat', 8)).toEqual([8, 12]);
    expect(faultAt('spend +', 7)).toEqual([6, 7]);
    expect(faultAt('', 0)).toEqual([0, 1]);
  });
});

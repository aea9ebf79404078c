import { describe, expect, it } from 'vitest';
import { begin, edited, MERGE_WITHIN_MS, redone, STEPS_MAX, undone } from './history';
import { group } from './nodes';

const tree = (id: string) => group(id, 'all');

describe('history', () => {
  it('goes back and forth', () => {
    const two = edited(begin(tree('1')), tree('2'), 0);
    expect(undone(two).now.id).toBe('1');
    expect(redone(undone(two)).now.id).toBe('2');
    expect(undone(begin(tree('1'))).now.id).toBe('1');
  });
  it('merges typing in one place within half a second into one step', () => {
    let history = begin(tree('1'));
    history = edited(history, tree('2'), 0, 'amount');
    history = edited(history, tree('3'), MERGE_WITHIN_MS - 1, 'amount');
    expect(undone(history).now.id).toBe('1');
    history = edited(history, tree('4'), 2 * MERGE_WITHIN_MS, 'amount');
    expect(undone(history).now.id).toBe('3');
  });
  it('never merges typing in two places', () => {
    const history = edited(edited(begin(tree('1')), tree('2'), 0, 'low'), tree('3'), 1, 'high');
    expect(undone(history).now.id).toBe('2');
  });
  it('forgets what was undone once something else is edited, and an edit of nothing', () => {
    const back = undone(edited(begin(tree('1')), tree('2'), 0));
    expect(edited(back, tree('3'), 1).future).toEqual([]);
    expect(edited(back, back.now, 1)).toBe(back);
  });
  it('keeps a bounded number of steps', () => {
    let history = begin(tree('0'));
    for (let step = 1; step <= STEPS_MAX + 5; step += 1)
      history = edited(history, tree(`${step}`), step);
    expect(history.past).toHaveLength(STEPS_MAX);
  });
});

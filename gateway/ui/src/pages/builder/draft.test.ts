import { describe, expect, it } from 'vitest';
import { counter, operators, shoppers } from '../../condition/fixtures';
import { group, rule } from '../../condition/nodes';
import { insert } from '../../condition/tree';
import { vocabulary } from '../../condition/vocabulary';
import { createDraft, firstTree, keep, linkTo } from './draft';

const words = vocabulary(shoppers, operators);
const storage = (): Storage => {
  const entries = new Map<string, string>();
  return {
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => {
      entries.set(key, value);
    },
  } as Storage;
};
const condition = { any: [{ field: 'state', op: 'is', value: 'CA' }] };

describe('a draft', () => {
  it('tells of an edit before it is drawn, and of nothing when nothing changed', () => {
    const told: number[] = [];
    const draft = createDraft(group('root', 'all'), {
      now: () => 0,
      newId: counter(),
      changed: (tree) => told.push(tree.children.length),
    });
    draft.edit((tree) => insert(tree, 'root', 0, rule('a')), 'Condition added');
    draft.edit((tree) => tree);
    draft.undo();
    draft.undo();
    draft.redo();
    expect(told).toEqual([1, 0, 1]);
    expect(draft.said.get()).toBe('Redone');
  });
});

describe('the first condition', () => {
  it('is the one of the address', () => {
    expect(firstTree('shoppers', linkTo(condition), storage(), counter())).toMatchObject({
      join: 'any',
      children: [{ field: 'state', value: 'CA' }],
    });
  });
  it('is else the one kept from the last visit to this dataset', () => {
    const kept = storage();
    keep(firstTree('shoppers', linkTo(condition), kept, counter()), words, kept);
    expect(firstTree('shoppers', '', kept, counter())).toMatchObject({ join: 'any' });
    expect(firstTree('others', '', kept, counter())).toMatchObject({ join: 'all' });
  });
  it('is else one row that waits for its field, also when the address is cut off', () => {
    for (const hash of ['', '#condition=%7B%22a', '#condition=%', '#elsewhere']) {
      expect(firstTree('shoppers', hash, storage(), counter())).toMatchObject({
        join: 'all',
        children: [{ kind: 'rule', field: '' }],
      });
    }
  });
});

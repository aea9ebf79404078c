import { describe, expect, it } from 'vitest';
import { counter } from './fixtures';
import { group, related, rule } from './nodes';
import {
  append,
  contains,
  duplicate,
  find,
  height,
  insert,
  leaves,
  move,
  nodeOf,
  nudge,
  patchRule,
  remove,
  replace,
  scopeOf,
  setJoin,
  toggleMuted,
  toggleNot,
  unwrap,
  update,
  wrap,
} from './tree';

const make = () => {
  const a = rule('a');
  const inner = group('inner', 'any', [rule('b'), rule('c')]);
  return { a, inner, root: group('root', 'all', [a, inner]) };
};
const ids = (root: ReturnType<typeof make>['root']) => leaves(root).map((node) => node.id);

describe('the tree', () => {
  it('finds a node with its parent, place and depth', () => {
    expect(find(make().root, 'c')).toMatchObject({ index: 1, depth: 2, parent: { id: 'inner' } });
    expect(find(make().root, 'root')).toBeNull();
  });
  it('knows what it holds and how deep it is', () => {
    const { root, inner } = make();
    expect(contains(root, 'b')).toBe(true);
    expect(contains(inner, 'a')).toBe(false);
    expect(height(root)).toBe(2);
  });
  it('changes one node and keeps the identity of the others', () => {
    const { root, inner } = make();
    const next = patchRule(root, 'a', { field: 'state' });
    expect(next.children[0]).toMatchObject({ field: 'state' });
    expect(next.children[1]).toBe(inner);
    expect(update(root, 'nowhere', () => inner)).toBe(root);
  });
  it('inserts, appends, replaces and removes', () => {
    const { root } = make();
    expect(ids(insert(root, 'inner', 0, rule('x')))).toEqual(['a', 'x', 'b', 'c']);
    expect(ids(append(root, 'root', rule('x')))).toEqual(['a', 'b', 'c', 'x']);
    expect(ids(replace(root, 'inner', rule('x')))).toEqual(['a', 'x']);
    expect(ids(remove(root, 'inner'))).toEqual(['a']);
    expect(remove(root, 'nowhere')).toBe(root);
  });
  it('moves into and out of a group, and never into itself', () => {
    const { root } = make();
    expect(find(move(root, 'a', 'inner', 1), 'a')).toMatchObject({
      index: 1,
      parent: { id: 'inner' },
    });
    expect(move(root, 'inner', 'inner', 0)).toBe(root);
    expect(move(root, 'a', 'root', 1)).toBe(root);
  });
  it('nudges down into the next group and back', () => {
    const down = nudge(make().root, 'a', 1);
    expect(find(down, 'a')).toMatchObject({ index: 0, depth: 2 });
    const up = nudge(down, 'a', -1);
    expect(find(up, 'a')).toMatchObject({ index: 0, depth: 1 });
    expect(nudge(up, 'a', -1)).toBe(up);
  });
  it('nudges out at the end of a group', () => {
    const out = nudge(make().root, 'c', 1);
    expect(find(out, 'c')).toMatchObject({ index: 2, depth: 1 });
  });
  it('groups a node the other way and dissolves the group again', () => {
    const { root } = make();
    const wrapped = wrap(root, 'a', counter());
    expect(find(wrapped, 'a')?.parent).toMatchObject({ id: 'n1', join: 'any' });
    expect(unwrap(wrapped, 'n1')).toEqual(root);
    expect(unwrap(root, 'a')).toBe(root);
  });
  it('duplicates a group with new ids all the way down', () => {
    expect(ids(duplicate(make().root, 'inner', counter()))).toEqual(['a', 'b', 'c', 'n2', 'n3']);
  });
  it('negates, mutes and joins; the root is never muted', () => {
    const { root } = make();
    expect(find(toggleNot(root, 'a'), 'a')?.node.not).toBe(true);
    expect(find(toggleMuted(root, 'a'), 'a')?.node.muted).toBe(true);
    expect(toggleMuted(root, 'root')).toBe(root);
    expect(setJoin(root, 'root', 'any').join).toBe('any');
  });
});

describe('the conditions on related records', () => {
  const make2 = () => {
    const where = group('where', 'all', [rule('x'), rule('y')]);
    return group('root', 'all', [rule('a'), related('r', 'orders', null, where)]);
  };
  it('are found, changed, removed and copied like any other', () => {
    const root = make2();
    expect(find(root, 'y')).toMatchObject({ index: 1, parent: { id: 'where' } });
    expect(find(root, 'where')).toBeNull();
    expect(nodeOf(root, 'where')).toMatchObject({ kind: 'group' });
    expect(nodeOf(patchRule(root, 'y', { field: 'amount' }), 'y')).toMatchObject({
      field: 'amount',
    });
    expect(contains(remove(root, 'x'), 'x')).toBe(false);
    expect(contains(append(root, 'where', rule('z')), 'z')).toBe(true);
    expect(nodeOf(duplicate(root, 'r', counter()), 'n3')).not.toBeNull();
    expect(height(root)).toBe(3);
  });
  it('never leave their dataset', () => {
    const root = make2();
    expect(move(root, 'x', 'root', 0)).toBe(root);
    expect(move(root, 'a', 'where', 0)).toBe(root);
    expect(nudge(root, 'y', 1)).toBe(root);
    expect(find(nudge(root, 'x', 1), 'x')).toMatchObject({ index: 1, parent: { id: 'where' } });
    expect(scopeOf(root, 'x')).toBe('where');
    expect(scopeOf(root, 'r')).toBe('root');
  });
});

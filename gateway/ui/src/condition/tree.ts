/** Every edit on the condition tree, as pure functions: undo is then a list of old trees. */

import { below, group, mapBelow, type Group, type NewId, type Node, type Rule } from './nodes';

export interface Spot {
  parent: Group;
  index: number;
  node: Node;
  depth: number;
}

/**
 * Where a node stands in its group; depth counts from 1 for children of the root. Null for the
 * root itself and for the outermost group of a condition on related records.
 */
export function find(root: Node, id: string, depth = 1): Spot | null {
  for (const [index, node] of below(root).entries()) {
    if (node.id === id && root.kind === 'group') return { parent: root, index, node, depth };
    const spot = find(node, id, depth + 1);
    if (spot) return spot;
  }
  return null;
}

/** The node of an id, wherever it is. */
export function nodeOf(root: Node, id: string): Node | null {
  if (root.id === id) return root;
  for (const node of below(root)) {
    const found = nodeOf(node, id);
    if (found) return found;
  }
  return null;
}

export const contains = (node: Node, id: string): boolean => nodeOf(node, id) !== null;

/** The outermost group over the same dataset around a node: nodes never leave it. */
export function scopeOf(root: Group, id: string): string | null {
  if (root.id === id) return root.id;
  const within = (node: Node, scope: string): string | null => {
    if (node.id === id) return scope;
    for (const child of below(node)) {
      const found = within(child, node.kind === 'group' ? scope : child.id);
      if (found) return found;
    }
    return null;
  };
  return within(root, root.id);
}

/** Levels of groups from this node down: 0 for a leaf. */
export const height = (node: Node): number => {
  const parts = below(node);
  return node.kind === 'group' || parts.length ? 1 + Math.max(0, ...parts.map(height)) : 0;
};

export const leaves = (node: Node): Node[] =>
  node.kind === 'group' ? node.children.flatMap(leaves) : [node];

/** The tree with one node replaced; untouched branches keep their identity. */
export function update(root: Group, id: string, change: (node: Node) => Node): Group {
  const changed = (node: Node): Node => (node.id === id ? change(node) : mapBelow(node, changed));
  return changed(root) as Group;
}

export const patchRule = (root: Group, id: string, patch: Partial<Rule>): Group =>
  update(root, id, (node) => (node.kind === 'rule' ? { ...node, ...patch } : node));

export const setJoin = (root: Group, id: string, join: Group['join']): Group =>
  update(root, id, (node) => (node.kind === 'group' ? { ...node, join } : node));

export const toggleNot = (root: Group, id: string): Group =>
  update(root, id, (node) => ({ ...node, not: !node.not, outer: {} }));

export const toggleMuted = (root: Group, id: string): Group =>
  id === root.id ? root : update(root, id, (node) => ({ ...node, muted: !node.muted }));

export const replace = (root: Group, id: string, node: Node): Group => update(root, id, () => node);

export const insert = (root: Group, into: string, index: number, node: Node): Group =>
  update(root, into, (target) =>
    target.kind === 'group'
      ? { ...target, children: target.children.toSpliced(index, 0, node) }
      : target,
  );

export const append = (root: Group, into: string, node: Node): Group =>
  insert(root, into, Number.MAX_SAFE_INTEGER, node);

export function remove(root: Group, id: string): Group {
  const without = (node: Node): Node => {
    const rest = mapBelow(node, without);
    if (rest.kind !== 'group' || rest.children.every((child) => child.id !== id)) return rest;
    return { ...rest, children: rest.children.filter((child) => child.id !== id) };
  };
  return without(root) as Group;
}

/** Takes a node to (parent, index), the index as it reads before the node is taken out. */
export function move(root: Group, id: string, into: string, index: number): Group {
  const from = find(root, id);
  if (!from || contains(from.node, into) || scopeOf(root, id) !== scopeOf(root, into)) return root;
  const at = from.parent.id === into && from.index < index ? index - 1 : index;
  if (from.parent.id === into && from.index === at) return root;
  return insert(remove(root, id), into, at, from.node);
}

/** One step up or down, in and out of groups on the way. */
export function nudge(root: Group, id: string, by: -1 | 1): Group {
  const spot = find(root, id);
  if (!spot) return root;
  const next = spot.parent.children[spot.index + by];
  if (next?.kind === 'group') return move(root, id, next.id, by === 1 ? 0 : next.children.length);
  if (next) return move(root, id, spot.parent.id, by === 1 ? spot.index + 2 : spot.index - 1);
  const up = find(root, spot.parent.id);
  return up ? move(root, id, up.parent.id, by === 1 ? up.index + 1 : up.index) : root;
}

/** The node alone in a new group, joined the other way than the group it is in. */
export function wrap(root: Group, id: string, newId: NewId): Group {
  const spot = find(root, id);
  if (!spot) return root;
  const join = spot.parent.join === 'all' ? 'any' : 'all';
  return update(root, id, (node) => group(newId(), join, [node]));
}

/** The group's children in its place. */
export function unwrap(root: Group, id: string): Group {
  const spot = find(root, id);
  if (spot?.node.kind !== 'group') return root;
  const { children } = spot.node;
  return update(root, spot.parent.id, (parent) =>
    parent.kind === 'group'
      ? { ...parent, children: parent.children.toSpliced(spot.index, 1, ...children) }
      : parent,
  );
}

const copy = (node: Node, newId: NewId): Node => {
  const own = { ...node, id: newId() };
  return mapBelow(own, (child) => copy(child, newId));
};

export function duplicate(root: Group, id: string, newId: NewId): Group {
  const spot = find(root, id);
  return spot ? insert(root, spot.parent.id, spot.index + 1, copy(spot.node, newId)) : root;
}

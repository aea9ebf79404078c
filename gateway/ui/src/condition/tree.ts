/** The condition tree and every edit on it, as pure functions: undo is then a list of old trees. */

import type { Json, JsonObject } from './json';

/** Keys of a node that this editor has no control for: kept, sent back, shown as chips. */
export type Extra = JsonObject;

interface Common {
  id: string;
  not: boolean;
  muted: boolean;
  extra: Extra;
  /** Keys of the `not` around the node. */
  outer: Extra;
}
export interface Rule extends Common {
  kind: 'rule';
  field: string;
  op: string;
  /** Undefined until a value is chosen. Numbers may be text, as typed. */
  value: Json | undefined;
}
export interface Group extends Common {
  kind: 'group';
  join: 'all' | 'any';
  children: Node[];
}
/** A node of the language that has no editor here yet: shown and edited as JSON. */
export interface Raw extends Common {
  kind: 'raw';
  json: JsonObject;
}
export type Node = Rule | Group | Raw;

export type NewId = () => string;

const common = (id: string): Common => ({ id, not: false, muted: false, extra: {}, outer: {} });

export const rule = (id: string, field = '', op = '', value?: Json): Rule => ({
  ...common(id),
  kind: 'rule',
  field,
  op,
  value,
});
export const group = (id: string, join: Group['join'], children: Node[] = []): Group => ({
  ...common(id),
  kind: 'group',
  join,
  children,
});
export const raw = (id: string, json: JsonObject): Raw => ({ ...common(id), kind: 'raw', json });

export interface Spot {
  parent: Group;
  index: number;
  node: Node;
  depth: number;
}

/** Where a node is; depth counts from 1 for children of the root. Null for the root itself. */
export function find(root: Group, id: string, depth = 1): Spot | null {
  for (const [index, node] of root.children.entries()) {
    if (node.id === id) return { parent: root, index, node, depth };
    const below = node.kind === 'group' ? find(node, id, depth + 1) : null;
    if (below) return below;
  }
  return null;
}

export const contains = (node: Node, id: string): boolean =>
  node.id === id || (node.kind === 'group' && node.children.some((child) => contains(child, id)));

/** Levels of groups from this node down: 0 for a leaf. */
export const height = (node: Node): number =>
  node.kind === 'group' ? 1 + Math.max(0, ...node.children.map(height)) : 0;

export const leaves = (node: Node): Node[] =>
  node.kind === 'group' ? node.children.flatMap(leaves) : [node];

/** The tree with one node replaced; untouched branches keep their identity. */
export function update(root: Group, id: string, change: (node: Node) => Node): Group {
  if (root.id === id) return change(root) as Group;
  let touched = false;
  const children = root.children.map((child) => {
    const next =
      child.id === id ? change(child) : child.kind === 'group' ? update(child, id, change) : child;
    touched ||= next !== child;
    return next;
  });
  return touched ? { ...root, children } : root;
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
  const children = root.children
    .filter((child) => child.id !== id)
    .map((child) => (child.kind === 'group' ? remove(child, id) : child));
  const same =
    children.length === root.children.length &&
    children.every((child, index) => child === root.children[index]);
  return same ? root : { ...root, children };
}

/** Takes a node to (parent, index), the index as it reads before the node is taken out. */
export function move(root: Group, id: string, into: string, index: number): Group {
  const from = find(root, id);
  if (!from || contains(from.node, into)) return root;
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

const copy = (node: Node, newId: NewId): Node =>
  node.kind === 'group'
    ? { ...node, id: newId(), children: node.children.map((child) => copy(child, newId)) }
    : { ...node, id: newId() };

export function duplicate(root: Group, id: string, newId: NewId): Group {
  const spot = find(root, id);
  return spot ? insert(root, spot.parent.id, spot.index + 1, copy(spot.node, newId)) : root;
}

/** The nodes of a condition as the page edits them: a closed union, with what each may hold. */

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
/** A question about the records of another dataset that are linked with a record. */
export interface Related extends Common {
  kind: 'related';
  dataset: string;
  /** The link's name; null where only one joins the two datasets. */
  via: string | null;
  /** Which related records; the first step of a sequence. Over the fields of `dataset`. */
  where: Group;
  measure: Measure;
}
/** What is asked of the related records. */
export type Measure =
  | { kind: 'any' }
  | { kind: 'count'; op: string; value: Json | undefined }
  | Aggregate
  | { kind: 'sequence'; orderBy: string; later: Step[] };
export interface Aggregate {
  kind: 'aggregate';
  fn: string;
  field: string;
  /** The time field of `first` and `last`. */
  orderBy: string | null;
  op: string;
  value: Json | undefined;
}
/** A later record of a sequence: within a window after the one before, or none there. */
export interface Step {
  where: Group;
  within: JsonObject | null;
  absent: boolean;
}
/** Member of a saved segment: now, or by an older version of its definition. */
export interface Membership extends Common {
  kind: 'segment';
  segment: string;
  version: number | null;
}
/** A node that nothing here can edit: shown and edited as JSON. */
export interface Raw extends Common {
  kind: 'raw';
  json: JsonObject;
}
export type Node = Rule | Group | Related | Membership | Raw;

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
export const related = (
  id: string,
  dataset: string,
  via: string | null,
  where: Group,
  measure: Measure = { kind: 'any' },
): Related => ({ ...common(id), kind: 'related', dataset, via, where, measure });
export const membership = (
  id: string,
  segment = '',
  version: number | null = null,
): Membership => ({
  ...common(id),
  kind: 'segment',
  segment,
  version,
});
export const raw = (id: string, json: JsonObject): Raw => ({ ...common(id), kind: 'raw', json });

/** The nodes right below a node: children, or the conditions on related records. */
export function below(node: Node): readonly Node[] {
  if (node.kind === 'group') return node.children;
  if (node.kind !== 'related') return [];
  const { where, measure } = node;
  return measure.kind === 'sequence'
    ? [where, ...measure.later.map((step) => step.where)]
    : [where];
}

/** The node with other nodes right below it, as many as before unless it is a group. */
export function withBelow(node: Node, next: readonly Node[]): Node {
  if (node.kind === 'group') return { ...node, children: [...next] };
  if (node.kind !== 'related') return node;
  const [where, ...others] = next as Group[];
  const { measure } = node;
  if (measure.kind !== 'sequence') return { ...node, where: where! };
  const later = measure.later.map((step, index) => ({ ...step, where: others[index]! }));
  return { ...node, where: where!, measure: { ...measure, later } };
}

/** The node with each node right below it changed; itself when none did. */
export function mapBelow<N extends Node>(node: N, change: (child: Node) => Node): N {
  const before = below(node);
  const next = before.map(change);
  return next.every((child, index) => child === before[index])
    ? node
    : (withBelow(node, next) as N);
}

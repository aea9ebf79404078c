/** The tree as the JSON of CONDITIONS.md, with the place of every node in it. */

import { step, type JsonObject } from './json';
import type { Extra, Group, Measure, Node, Related } from './nodes';
import { comparison, isAsked } from './related';
import { sent } from './shapes';
import { isComplete, wireValue } from './values';
import type { Vocabulary } from './vocabulary';

export interface Wire {
  condition: JsonObject;
  /** JSON Pointer of each sent node to the id it has in the tree. */
  places: ReadonlyMap<string, string>;
}

/**
 * The condition to send. Rules without a field or a value yet are left out, and so is a group
 * that holds nothing else; nodes of `leftOut` too. Muted nodes are sent, marked.
 */
export function toWire(root: Group, words: Vocabulary, leftOut?: ReadonlySet<string>): Wire {
  const places = new Map<string, string>();
  const send: Send = { words, places, leftOut: leftOut ?? new Set() };
  const condition = written(root, '', send) ?? { all: [] };
  if (!places.has('')) places.set('', root.id);
  return { condition, places };
}

interface Send {
  words: Vocabulary;
  places: Map<string, string>;
  leftOut: ReadonlySet<string>;
}

function written(node: Node, pointer: string, send: Send): JsonObject | null {
  if (send.leftOut.has(node.id)) return null;
  const inner = node.not ? pointer + step('not') : pointer;
  const body = writtenBody(node, inner, send);
  if (!body) return null;
  send.places.set(inner, node.id);
  send.places.set(pointer, node.id);
  const muted: Extra = node.muted ? { muted: true } : {};
  return node.not
    ? { not: { ...body, ...node.extra }, ...node.outer, ...muted }
    : { ...body, ...node.extra, ...muted };
}

function writtenBody(node: Node, pointer: string, send: Send): JsonObject | null {
  switch (node.kind) {
    case 'raw':
      return node.json;
    case 'group':
      return writtenGroup(node, pointer, send);
    case 'related':
      return writtenRelated(node, pointer, send);
    case 'segment': {
      if (!node.segment) return null;
      const version: Extra = node.version === null ? {} : { version: node.version };
      return { segment: node.segment, ...version };
    }
    case 'rule': {
      if (!isComplete(node, send.words)) return null;
      const value = wireValue(node, send.words);
      const leaf: JsonObject = { field: node.field, op: node.op };
      return value === undefined ? leaf : { ...leaf, value };
    }
  }
}

function writtenGroup(node: Group, pointer: string, send: Send): JsonObject | null {
  const parts: JsonObject[] = [];
  for (const child of node.children) {
    const part = written(child, pointer + step(node.join) + step(parts.length), send);
    if (part) parts.push(part);
  }
  return parts.length || !node.children.length ? { [node.join]: parts } : null;
}

function writtenRelated(node: Related, pointer: string, send: Send): JsonObject | null {
  const theirs = { ...send, words: send.words.of(node.dataset) };
  if (!isAsked(node, theirs.words)) return null;
  const head: JsonObject = { related: node.dataset };
  if (node.via !== null) head.via = node.via;
  const { measure } = node;
  if (measure.kind === 'sequence') return { ...head, ...writtenSequence(node, pointer, theirs) };
  const where = writtenWhere(node.where, pointer + step('where'), theirs);
  return { ...head, ...(where ? { where } : {}), ...writtenMeasure(measure, theirs.words) };
}

/** Null for every related record. A condition that stands alone is sent without its group. */
function writtenWhere(where: Group, pointer: string, send: Send): JsonObject | null {
  const [only, ...others] = where.children;
  const plain = where.join === 'all' && !where.not && !Object.keys(where.extra).length;
  if (plain && !only) return null;
  return plain && only && !others.length
    ? written(only, pointer, send)
    : written(where, pointer, send);
}

function writtenMeasure(measure: Measure, words: Vocabulary): JsonObject {
  const compared = comparison(measure, words);
  if (measure.kind !== 'count' && measure.kind !== 'aggregate') return {};
  const { op } = measure;
  const value = sent(compared!.shape, measure.value ?? null, compared!.type);
  if (measure.kind === 'count') return { count: { op, value } };
  const { fn, field, orderBy } = measure;
  const order: JsonObject = orderBy === null ? {} : { order_by: orderBy };
  return { aggregate: { fn, field, ...order }, op, value };
}

function writtenSequence({ where, measure }: Related, pointer: string, send: Send): JsonObject {
  if (measure.kind !== 'sequence') return {};
  const at = (index: number) => pointer + step('sequence') + step(index) + step('where');
  const every: JsonObject = { all: [] };
  const first = { where: writtenWhere(where, at(0), send) ?? every };
  const then = measure.later.map((one, index): JsonObject => {
    const within = one.within && sent('window', one.within, 'int');
    return {
      where: writtenWhere(one.where, at(index + 1), send) ?? every,
      ...(within === null ? {} : { within }),
      ...(one.absent ? { absent: true } : {}),
    };
  });
  return { sequence: [first, ...then], order_by: measure.orderBy };
}

/** The id of the node that a pointer names, or of the nearest node around it. */
export function nodeAt(places: ReadonlyMap<string, string>, pointer: string): string | undefined {
  for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
    const id = places.get(at);
    if (id !== undefined || at === '') return id;
  }
}

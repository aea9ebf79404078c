/** The tree as the JSON of CONDITIONS.md and back, with the place of every node in it. */

import { isObject, step, type Json, type JsonObject } from './json';
import { group, raw, rule, type Extra, type Group, type NewId, type Node } from './tree';
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
  if (node.kind === 'raw') return node.json;
  if (node.kind === 'group') return writtenGroup(node, pointer, send);
  if (!isComplete(node, send.words)) return null;
  const value = wireValue(node, send.words);
  const leaf: JsonObject = { field: node.field, op: node.op };
  return value === undefined ? leaf : { ...leaf, value };
}

function writtenGroup(node: Group, pointer: string, send: Send): JsonObject | null {
  const parts: JsonObject[] = [];
  for (const child of node.children) {
    const part = written(child, pointer + step(node.join) + step(parts.length), send);
    if (part) parts.push(part);
  }
  return parts.length || !node.children.length ? { [node.join]: parts } : null;
}

/** The id of the node that a pointer names, or of the nearest node around it. */
export function nodeAt(places: ReadonlyMap<string, string>, pointer: string): string | undefined {
  for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
    const id = places.get(at);
    if (id !== undefined || at === '') return id;
  }
}

/** The tree of a condition. What has no editor here becomes a raw node: nothing is lost. */
export function fromWire(condition: Json, newId: NewId): Group {
  const node = read(condition, newId);
  return node.kind === 'group' && !node.muted ? node : group(newId(), 'all', [node]);
}

function read(json: Json, newId: NewId): Node {
  if (!isObject(json)) return raw(newId(), { condition: json });
  if (!('not' in json)) return readBare(json, newId);
  const { not: inner, muted, ...outer } = json;
  const node = read(inner ?? null, newId);
  // A muted or negated child of a `not` has a meaning of its own: it keeps its own node.
  const alone = !node.not && !node.muted && isObject(inner);
  const target = alone ? node : group(newId(), 'all', [node]);
  return { ...target, not: true, muted: muted === true, outer };
}

function readBare(json: JsonObject, newId: NewId): Node {
  const { muted, ...rest } = json;
  return { ...readKind(rest, newId), muted: muted === true };
}

function readKind(json: JsonObject, newId: NewId): Node {
  for (const join of ['all', 'any'] as const) {
    const { [join]: children, ...extra } = json;
    if (Array.isArray(children) && hasOnly(extra, ['id', 'note'])) {
      return {
        ...group(
          newId(),
          join,
          children.map((child) => read(child, newId)),
        ),
        extra,
      };
    }
  }
  const { field, op, value, ...extra } = json;
  const isRule = typeof field === 'string' && typeof op === 'string' && value !== null;
  return isRule ? { ...rule(newId(), field, op, value), extra } : raw(newId(), json);
}

const hasOnly = (json: JsonObject, keys: string[]): boolean =>
  Object.keys(json).every((key) => keys.includes(key));

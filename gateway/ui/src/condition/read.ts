/** The JSON of CONDITIONS.md as a tree. What nothing here can edit becomes a raw node. */

import { isObject, type Json, type JsonObject } from './json';
import {
  group,
  membership,
  raw,
  related,
  rule,
  type Group,
  type Measure,
  type NewId,
  type Node,
  type Step,
} from './nodes';

/** The tree of a condition: nothing that it says is lost, known here or not. */
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
  const node =
    readGroup(json, newId) ??
    readRule(json, newId) ??
    readRelated(json, newId) ??
    readMembership(json, newId);
  return node ?? raw(newId(), json);
}

function readGroup(json: JsonObject, newId: NewId): Node | null {
  for (const join of ['all', 'any'] as const) {
    const { [join]: children, ...extra } = json;
    if (!Array.isArray(children) || !hasOnly(extra, ['id', 'note'])) continue;
    const nodes = children.map((child) => read(child, newId));
    return { ...group(newId(), join, nodes), extra };
  }
  return null;
}

function readRule(json: JsonObject, newId: NewId): Node | null {
  const { field, op, value, ...extra } = json;
  const isRule = typeof field === 'string' && typeof op === 'string' && value !== null;
  return isRule ? { ...rule(newId(), field, op, value), extra } : null;
}

function readMembership(json: JsonObject, newId: NewId): Node | null {
  const { segment, version = null, ...extra } = json;
  if (typeof segment !== 'string' || (version !== null && typeof version !== 'number')) return null;
  return { ...membership(newId(), segment, version), extra };
}

const MEASURES = ['count', 'aggregate', 'sequence'];

function readRelated(json: JsonObject, newId: NewId): Node | null {
  const { related: dataset, via = null, where, ...rest } = json;
  if (typeof dataset !== 'string' || (via !== null && typeof via !== 'string')) return null;
  if (MEASURES.filter((key) => key in rest).length > 1) return null;
  const every = () => group(newId(), 'all');
  const asked = where === undefined ? every() : fromWire(where, newId);
  if ('sequence' in rest) {
    const { sequence, order_by: orderBy, ...extra } = rest;
    const steps = Array.isArray(sequence) ? readSteps(sequence, newId) : null;
    const [first, ...later] = steps ?? [];
    const known = first && !first.within && !first.absent && where === undefined;
    if (!known || typeof orderBy !== 'string') return null;
    const measure: Measure = { kind: 'sequence', orderBy, later };
    return { ...related(newId(), dataset, via, first.where, measure), extra };
  }
  const found = readMeasure(rest);
  if (!found) return null;
  return { ...related(newId(), dataset, via, asked, found.measure), extra: found.extra };
}

function readMeasure(json: JsonObject): { measure: Measure; extra: JsonObject } | null {
  if ('count' in json) {
    const { count, ...extra } = json;
    if (!isObject(count) || !hasOnly(count, ['op', 'value'])) return null;
    const { op, value } = count;
    if (typeof op !== 'string' || value === undefined || value === null) return null;
    return { measure: { kind: 'count', op, value }, extra };
  }
  if (!('aggregate' in json)) return { measure: { kind: 'any' }, extra: json };
  const { aggregate, op, value, order_by: beside, ...extra } = json;
  if (!isObject(aggregate) || !hasOnly(aggregate, ['fn', 'field', 'order_by'])) return null;
  const { fn, field, order_by: inside } = aggregate;
  // The field that orders may stand inside or beside; it is written inside.
  if (inside !== undefined && beside !== undefined) return null;
  const orderBy = inside ?? beside ?? null;
  if (typeof fn !== 'string' || typeof field !== 'string' || typeof op !== 'string') return null;
  if ((orderBy !== null && typeof orderBy !== 'string') || value === undefined || value === null)
    return null;
  return { measure: { kind: 'aggregate', fn, field, orderBy, op, value }, extra };
}

function readSteps(items: readonly Json[], newId: NewId): Step[] | null {
  const steps = items.map((item): Step | null => {
    if (!isObject(item) || !hasOnly(item, ['where', 'within', 'absent'])) return null;
    const { where = { all: [] }, within = null, absent = false } = item;
    if ((within !== null && !isObject(within)) || typeof absent !== 'boolean') return null;
    return { where: fromWire(where, newId), within, absent };
  });
  return steps.every((step) => step !== null) ? steps : null;
}

const hasOnly = (json: JsonObject, keys: string[]): boolean =>
  Object.keys(json).every((key) => keys.includes(key));

/** Conditions and groups: unfinished, finished, negated, muted, wrong, deep. */

import { group, raw, related, rule, type Node } from '../../condition/nodes';
import { KEYS_ID } from '../builder/Handle';
import { KEYS_IN_WORDS } from '../builder/useKeys';
import { Pattern, Section } from './Pattern';
import { Stage, type Scene } from './stage';

const not = <N extends Node>(node: N): N => ({ ...node, not: true });
const muted = <N extends Node>(node: N): N => ({ ...node, muted: true });

const VALUES: Scene = {
  nodes: [
    rule('a', 'state', 'is', 'CA'),
    rule('b', 'plan', 'in', ['growth', 'enterprise']),
    rule('c', 'orders', 'gte', '4'),
    rule('d', 'spend', 'between', ['20.00', '250.50']),
    rule('e', 'subscribed', 'is', true),
    rule('f', 'birthday', 'gte', '1990-01-31'),
    rule('g', 'last_order', 'is', '2017-06-30T14:00'),
    rule('h', 'last_order', 'in_last', { amount: 30, unit: 'day' }),
    rule('i', 'tags', 'has_any', ['vip', 'new']),
    rule('j', 'note', 'is_set'),
  ],
  counts: {
    root: 312,
    a: 59_715,
    b: 49_845,
    c: 101_113,
    d: 78_573,
    e: 179_871,
    f: 67_021,
    g: 0,
    h: 89_862,
    i: 71_204,
    j: 250_000,
  },
};

const STATES: Scene = {
  nodes: [
    rule('a'),
    rule('b', 'state', 'is'),
    not(rule('c', 'state', 'is', 'CA')),
    muted(rule('d', 'plan', 'is', 'free')),
    rule('e', 'orders', 'gte', '12a'),
    rule('f', 'gone', 'is', 'x'),
    { ...rule('g', 'state', 'is_not', 'CA'), extra: { nulls: 'exclude' } },
    raw('h', { nearby: 'orders', where: { field: 'total', op: 'gt', value: 100 } }),
  ],
  counts: { root: 9_120, c: 190_285, g: 185_285, h: 44_120 },
  problems: {
    e: '“orders” is a whole number: write it like 42',
    f: 'shoppers has no field “gone”',
  },
};

const TIMES: Scene = {
  nodes: [
    rule('a', 'last_order', 'between_ago', { from: 90, to: 30, unit: 'day' }),
    rule('b', 'last_order', 'in_period', { period: 'quarter', offset: -1 }),
    rule('c', 'last_order', 'in_period', { period: 'week', offset: -5 }),
    rule('d', 'birthday', 'anniversary', { in_next: 7 }),
    rule('e', 'last_order', 'weekday_in', [6, 7]),
    rule('f', 'last_order', 'hour_between', [22, 6]),
    rule('g', '_key', 'sample', { from: 0, to: 10, salt: '' }),
    { ...rule('h', 'orders', 'gt'), extra: { value_field: 'score' } },
    { ...rule('i', 'last_order', 'is_set'), extra: { tz: 'Europe/Berlin' } },
  ],
  counts: { root: 4 },
};

const paid = (id: string) => rule(id, 'status', 'is', 'paid');
const week = { amount: 7, unit: 'day' };
const RELATED: Scene = {
  nodes: [
    related('a', 'orders', null, group('aw', 'all')),
    related('b', 'orders', null, group('bw', 'all', [paid('b1')]), {
      kind: 'count',
      op: 'gte',
      value: '2',
    }),
    not(
      related(
        'c',
        'orders',
        null,
        group('cw', 'any', [paid('c1'), rule('c2', 'amount', 'gt', '5')]),
        {
          kind: 'aggregate',
          fn: 'sum',
          field: 'amount',
          orderBy: null,
          op: 'gt',
          value: '100',
        },
      ),
    ),
    related('d', 'orders', null, group('dw', 'all', [paid('d1')]), {
      kind: 'sequence',
      orderBy: 'placed',
      later: [
        { where: group('d2', 'all', [rule('d3', 'status', 'is')]), within: week, absent: true },
      ],
    }),
  ],
  counts: { root: 31, a: 200_210, b: 41_100, c: 9_120, d: 812 },
  why: { a: { holds: true, text: '' }, b: { holds: false, text: '' } },
};

const GROUPS: Scene = {
  nodes: [
    group('a', 'any', [
      rule('b', 'state', 'is', 'CA'),
      group('c', 'all', [rule('d', 'orders', 'gte', '4'), rule('e', 'plan', 'is', 'free')]),
    ]),
    not(group('f', 'any', [rule('g', 'subscribed', 'is', false)])),
    muted(group('h', 'all', [rule('i', 'plan', 'is_set')])),
    group('j', 'all'),
    group('k', 'any'),
  ],
  counts: {
    root: 0,
    a: 91_136,
    b: 59_715,
    c: 34_006,
    d: 101_113,
    e: 49_845,
    f: 169_605,
    g: 80_395,
    j: 250_000,
    k: 0,
  },
};

const STALE: Scene = { ...VALUES, nodes: VALUES.nodes.slice(0, 2), stale: true };
const DEEP: Scene = { nodes: [nested(5)], counts: { root: 41 } };

function nested(levels: number): Node {
  const leaf = rule(`leaf${levels}`, 'state', 'is', 'CA');
  return levels === 0
    ? leaf
    : group(`deep${levels}`, levels % 2 ? 'any' : 'all', [leaf, nested(levels - 1)]);
}

export const RowPatterns = () => (
  <Section title="Conditions and groups">
    <p id={KEYS_ID} hidden>
      {KEYS_IN_WORDS}
    </p>
    <Pattern wide name="every kind of value">
      <Stage scene={VALUES} />
    </Pattern>
    <Pattern wide name="unfinished, negated, muted, wrong, with options, as JSON">
      <Stage scene={STATES} />
    </Pattern>
    <Pattern wide name="times, shares and other fields as values">
      <Stage scene={TIMES} />
    </Pattern>
    <Pattern wide name="related records, and why a record is in or out">
      <Stage scene={RELATED} />
    </Pattern>
    <Pattern wide name="groups: nested, negated, muted, empty">
      <Stage scene={GROUPS} />
    </Pattern>
    <Pattern wide name="counting: the numbers are of the last edit">
      <Stage scene={STALE} />
    </Pattern>
    <Pattern wide name="deep">
      <Stage scene={DEEP} />
    </Pattern>
  </Section>
);

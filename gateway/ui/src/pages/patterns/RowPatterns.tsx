/** Conditions and groups: unfinished, finished, negated, muted, wrong, deep. */

import { group, raw, rule, type Node } from '../../condition/nodes';
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
    raw('h', { related: 'orders', where: { field: 'total', op: 'gt', value: 100 } }),
  ],
  counts: { root: 9_120, c: 190_285, g: 185_285, h: 44_120 },
  problems: {
    e: '“orders” is a whole number: write it like 42',
    f: 'shoppers has no field “gone”',
  },
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

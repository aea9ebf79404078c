/** Cards: the size and the sample, empty, loading, failed and full; a dataset. */

import { shoppers } from '../../condition/fixtures';
import { columns, MembersView } from '../builder/MembersCard';
import { NOTHING, type PreviewState } from '../builder/preview';
import { SizeView } from '../builder/SizeCard';
import { DatasetCard } from '../datasets/DatasetCard';
import { KeyTable } from '../../shell/KeyTable';
import { Pattern, Section } from './Pattern';
import { sceneState } from './stage';
import '../builder/builder.css';
import '../datasets/datasets.css';

const some = sceneState({ counts: { root: 6_924 } });
const SIZES: [string, PreviewState, 'connecting' | 'live' | 'offline'][] = [
  ['size: counting for the first time', NOTHING, 'connecting'],
  ['size: counted', some, 'live'],
  ['size: counting again', { ...some, stale: true }, 'live'],
  ['size: nobody', sceneState({}), 'live'],
  [
    'size: a condition is wrong',
    { ...some, problems: sceneState({ problems: { a: 'wrong' } }).problems },
    'live',
  ],
  ['size: offline', { ...some, stale: true }, 'offline'],
];

const MEMBER = {
  state: 'CA',
  plan: 'growth',
  orders: 4,
  spend: '250.50',
  score: 0.25,
  subscribed: true,
  birthday: '1990-01-31',
  last_order: '2017-12-30T14:00:00Z',
  tags: ['new', 'vip'],
  note: null,
};
const PAGE = { items: [1, 2, 3].map((key) => ({ key, values: MEMBER })), next_cursor: null };
const FIELDS = columns(shoppers, { field: 'spend', op: 'is_set' });
const sample = { dataset: shoppers, fields: FIELDS };

export const CardPatterns = () => (
  <Section title="Cards">
    {SIZES.map(([name, state, link]) => (
      <Pattern key={name} name={name}>
        <SizeView state={state} link={link} dataset="shoppers" />
      </Pattern>
    ))}
    <Pattern wide name="sample: full">
      <MembersView {...sample} page={PAGE} title="Full" />
    </Pattern>
    <Pattern name="sample: loading">
      <MembersView {...sample} title="Loading" />
    </Pattern>
    <Pattern name="sample: empty">
      <MembersView {...sample} page={{ items: [], next_cursor: null }} title="Empty" />
    </Pattern>
    <Pattern name="sample: failed">
      <MembersView {...sample} fault="the server is busy" title="Failed" />
    </Pattern>
    <Pattern wide name="dataset">
      <DatasetCard dataset={shoppers} />
    </Pattern>
    <Pattern name="keys">
      <section className="card">
        <KeyTable scope="row" />
      </section>
    </Pattern>
  </Section>
);

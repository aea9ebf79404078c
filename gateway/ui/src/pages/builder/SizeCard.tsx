/** How many records the whole condition holds for: the number this page is about. */

import { Title, VisuallyHidden } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Wifi, WifiOff } from 'lucide-react';
import type { LinkState } from '../../api/live';
import { number, percent, plural } from '../../parts/format';
import { useStore } from '../../store';
import { useBuilder } from './context';
import type { PreviewState } from './preview';
import './size-card.css';

const SAID_AFTER_MS = 900;

export function SizeCard({ link }: { link: LinkState }) {
  const { preview, words } = useBuilder();
  const state = useStore(preview.state, (whole) => whole);
  return <SizeView state={state} link={link} dataset={words.dataset.name} />;
}

interface View {
  state: PreviewState;
  link: LinkState;
  dataset: string;
}

export function SizeView({ state, link, dataset }: View) {
  const { size, stale, problems } = state;
  const share = size?.total ? size.count / size.total : 0;
  return (
    <section className="card size-card" aria-label="Size">
      <div className="size-head">
        <span>Records that match</span>
        <LinkBadge link={link} />
      </div>
      <Title order={2} className="size-total" data-testid="total" data-stale={stale || undefined}>
        {size ? number(size.count) : '–'}
      </Title>
      <div className="size-bar" aria-hidden>
        <i style={{ transform: `scaleX(${share})` }} />
      </div>
      <p className="size-facts">
        {size && (
          <>
            <b>{percent(size.count, size.total)}</b> of {number(size.total)} {dataset}
            <TimesTaken size={size} />
          </>
        )}
        {!size && (link === 'offline' ? 'Not connected' : 'Counting…')}
      </p>
      {problems.size > 0 && <p className="size-problem">{leftOut(problems.size)}</p>}
      <SizeSaid state={state} />
    </section>
  );
}

const leftOut = (count: number) =>
  count === 1
    ? '1 condition can’t be counted: see the marked row.'
    : `${number(count)} conditions can’t be counted: see the marked rows.`;

const NBSP = '\u00a0';

const TimesTaken = ({ size }: { size: NonNullable<PreviewState['size']> }) => (
  <span className="size-times" title="Time at the server, and from the edit to its answer here">
    counted in {size.elapsedMs.toFixed(1)}
    {NBSP}ms, here in {Math.round(size.shownMs)}
    {NBSP}ms
  </span>
);

/** The size aloud, once it has settled. */
function SizeSaid({ state }: Pick<View, 'state'>) {
  const text = state.size && !state.stale ? `${plural(state.size.count, 'record')} match` : '';
  const [settled] = useDebouncedValue(text, SAID_AFTER_MS);
  return <VisuallyHidden role="status">{settled}</VisuallyHidden>;
}

const LINKS = { connecting: 'connecting', live: 'live', offline: 'offline' } as const;

export function LinkBadge({ link }: { link: LinkState }) {
  const Icon = link === 'offline' ? WifiOff : Wifi;
  return (
    <span className="link-badge" data-link={link}>
      <Icon size={12} aria-hidden />
      {LINKS[link]}
    </span>
  );
}

/** How many records one node matches on its own, and which share of all that is. */

import { memo } from 'react';
import { number, percent } from '../../parts/format';
import { useStore } from '../../store';
import { useBuilder } from './context';
import './count.css';

/** Reads its own number, so that a new answer draws only the numbers that changed. */
export const CountBadge = memo(function CountBadge({ id, muted }: { id: string; muted: boolean }) {
  const { preview, hops } = useBuilder();
  const count = useStore(preview.state, (state) => state.counts.get(id));
  const total = useStore(preview.state, (state) => state.size?.total ?? 0);
  if (hops > 0) return muted ? <span className="count-muted">muted</span> : null;
  return <CountView {...{ id, muted, count, total }} />;
});

interface View {
  id: string;
  muted: boolean;
  count: number | undefined;
  total: number;
}

export function CountView({ id, muted, count, total }: View) {
  if (muted) return <span className="count count-muted">muted</span>;
  if (count === undefined)
    return (
      <span className="count" data-testid={`count-${id}`}>
        –
      </span>
    );
  const share = percent(count, total);
  const filled = total ? Math.max(count / total, count ? 0.02 : 0) : 0;
  return (
    <span
      className="count"
      data-testid={`count-${id}`}
      title={`${number(count)} of ${number(total)} records match this part on its own`}
    >
      <span className="count-number">{number(count)}</span>
      <span className="count-share">
        <span className="count-bar" aria-hidden>
          <i style={{ transform: `scaleX(${filled})` }} />
        </span>
        {share}
      </span>
    </span>
  );
}

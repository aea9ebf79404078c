/** The segment of the address: opened once into the draft, then compared with it. */

import { useEffect, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { useSegment } from '../../api/segment-queries';
import type { Segment } from '../../api/segments';
import type { JsonObject } from '../../condition/json';
import { fromWire } from '../../condition/read';
import { toWire } from '../../condition/wire';
import { useServices } from '../../shell/services';
import { useStore } from '../../store';
import { useBuilder } from './context';

export const keptUnder = (dataset: string) => `cardinal.segment.${dataset}`;
export const markOf = ({ id, version }: Segment) => `${id}@${version}`;

export interface Opened {
  segment: Segment | undefined;
  fault: Error | null;
  /** The condition as it is in the builder now. */
  condition: JsonObject;
  changed: boolean;
  /** Take this version as the one that the builder is at, with its condition or without. */
  take: (segment: Segment, condition: 'theirs' | 'mine') => void;
}

export function useOpened(): Opened {
  const { draft, words } = useBuilder();
  const { kept, newId } = useServices();
  const [search] = useSearchParams();
  const id = search.get('segment');
  const { data: segment, error } = useSegment(id);
  const tree = useStore(draft.history, (history) => history.now);
  const condition = useMemo(() => toWire(tree, words).condition, [tree, words]);
  const { name } = words.dataset;
  const saved = useMemo(() => {
    const json = segment?.condition;
    return json ? JSON.stringify(toWire(fromWire(json, newId), words).condition) : null;
  }, [segment, words, newId]);

  const take: Opened['take'] = (next, whose) => {
    if (whose === 'theirs' && next.condition) {
      const json = next.condition;
      draft.edit(() => fromWire(json, newId), `Segment ${next.name} opened`);
    }
    kept.setItem(keptUnder(name), markOf(next));
  };

  // A reload of the page keeps what was edited since the segment was opened.
  useEffect(() => {
    if (segment && kept.getItem(keptUnder(name)) !== markOf(segment)) take(segment, 'theirs');
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- once for each version that is read
  }, [segment?.id]);

  // Work on something else has no part in the segment that was open before.
  useEffect(() => {
    if (id === null) kept.removeItem(keptUnder(name));
  }, [id, name, kept]);

  const changed = saved !== null && saved !== JSON.stringify(condition);
  return { segment, fault: error, condition, changed, take };
}

/** The whole tree, its keys, its drops, and what is said aloud. */

import { VisuallyHidden } from '@mantine/core';
import type { ReactNode, RefObject } from 'react';
import { useStore } from '../../store';
import { useBuilder } from './context';
import { GroupBox } from './GroupBox';
import { KEYS_ID } from './Handle';
import { useDrops } from './useDrag';
import { KEYS_IN_WORDS } from './useKeys';
import './tree.css';

export function TreeEditor({ box }: { box: RefObject<HTMLDivElement | null> }) {
  const { draft } = useBuilder();
  const tree = useStore(draft.history, (history) => history.now);
  useDrops(draft);
  return (
    <FadedWhenStale box={box}>
      <VisuallyHidden id={KEYS_ID}>{KEYS_IN_WORDS}</VisuallyHidden>
      <Said />
      <GroupBox node={tree} index={0} parent={null} depth={0} />
    </FadedWhenStale>
  );
}

/** One attribute fades every number in it: no number is drawn again for that. */
function FadedWhenStale({
  box,
  children,
}: {
  box: RefObject<HTMLDivElement | null>;
  children: ReactNode;
}) {
  const { preview } = useBuilder();
  const stale = useStore(preview.state, (state) => state.stale);
  return (
    <div ref={box} className="tree" data-stale={stale || undefined}>
      {children}
    </div>
  );
}

function Said() {
  const { draft } = useBuilder();
  const said = useStore(draft.said, (words) => words);
  return <VisuallyHidden role="status">{said}</VisuallyHidden>;
}

/** Dragging nodes: what can be picked up, where it may be dropped, and what a drop does. */

import { combine } from '@atlaskit/pragmatic-drag-and-drop/combine';
import {
  draggable,
  dropTargetForElements,
  monitorForElements,
} from '@atlaskit/pragmatic-drag-and-drop/element/adapter';
import {
  attachClosestEdge,
  extractClosestEdge,
  type Edge,
} from '@atlaskit/pragmatic-drag-and-drop-hitbox/closest-edge';
import { useEffect, useRef, useState } from 'react';
import { move } from '../../condition/tree';
import { fits } from './actions';
import { useBuilder } from './context';
import type { Draft } from './draft';

interface Place {
  id: string;
  index: number;
  parent: string | null;
  isGroup: boolean;
}

export type DropMark = Edge | 'in' | null;

/** Makes the element of `box` a place to drop at and, unless it is the root, something to drag. */
export function useDrag({ id, index, parent, isGroup }: Place) {
  const { scope } = useBuilder();
  const box = useRef<HTMLDivElement>(null);
  const handle = useRef<HTMLButtonElement>(null);
  const [mark, setMark] = useState<DropMark>(null);
  const [dragging, setDragging] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const here = { id, index, parent, isGroup };
    const clear = () => setMark(null);
    const target = dropTargetForElements({
      element,
      canDrop: ({ source }) => source.data.scope === scope,
      getData: ({ input }) =>
        parent === null
          ? here
          : attachClosestEdge(here, { input, element, allowedEdges: ['top', 'bottom'] }),
      onDrag: ({ self, source, location }) => {
        const innermost = location.current.dropTargets[0]?.element === element;
        const over = innermost && source.data.id !== id;
        setMark(!over ? null : isGroup ? 'in' : extractClosestEdge(self.data));
      },
      onDragLeave: clear,
      onDrop: clear,
    });
    if (parent === null || !handle.current) return target;
    return combine(
      target,
      draggable({
        element,
        dragHandle: handle.current,
        getInitialData: () => ({ id, scope }),
        onDragStart: () => setDragging(true),
        onDrop: () => setDragging(false),
      }),
    );
  }, [id, index, parent, isGroup, scope]);
  const marks = { 'data-edge': mark ?? undefined, 'data-dragging': dragging || undefined };
  return { box, handle, marks };
}

/** Carries out drops: onto a group at its end, beside a row at the nearer edge. */
export function useDrops(draft: Draft): void {
  useEffect(
    () =>
      monitorForElements({
        onDrop: ({ source, location }) => {
          const data = location.current.dropTargets[0]?.data;
          const id = source.data.id;
          if (!data || typeof id !== 'string' || data.id === id) return;
          const place = data as unknown as Place;
          const into = place.isGroup || place.parent === null ? place.id : place.parent;
          const after = extractClosestEdge(data) === 'bottom' ? 1 : 0;
          const index = place.isGroup ? Number.MAX_SAFE_INTEGER : place.index + after;
          draft.edit((tree) => fits(move(tree, id, into, index), tree), 'Moved');
        },
      }),
    [draft],
  );
}

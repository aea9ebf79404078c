/** Doing actions to nodes, by key and by menu, with the focus staying where the person is. */

import { useMemo, type KeyboardEvent, type RefObject } from 'react';
import { append, find, group, rule } from '../../condition/tree';
import type { Settings } from '../../shell/settings';
import { ACTIONS, actionOf, type NodeAction } from './actions';
import type { BuilderParts } from './context';
import type { Draft } from './draft';

type Box = RefObject<HTMLElement | null>;

const onNextFrame = (run: () => void) => requestAnimationFrame(run);
const handles = (box: Box) => [
  ...(box.current?.querySelectorAll<HTMLElement>('[data-handle]') ?? []),
];
const handleOf = (box: Box, id: string) =>
  handles(box).find((handle) => handle.dataset.handle === id);

/** The node that gets the focus when this one is gone: the next handle outside of it. */
function heir(box: Box, id: string, draft: Draft): HTMLElement | undefined {
  const all = handles(box);
  const at = all.findIndex((handle) => handle.dataset.handle === id);
  const node = find(draft.history.get().now, id)?.node;
  const inside = (handle: HTMLElement) =>
    node?.kind === 'group' && find(node, handle.dataset.handle ?? '') !== null;
  return all.slice(at + 1).find((handle) => !inside(handle)) ?? all[at - 1];
}

export function useKeys(
  box: Box,
  draft: Draft,
  settings: Settings,
): Pick<BuilderParts, 'act' | 'add' | 'onHandleKey'> {
  return useMemo(() => {
    const act = (action: NodeAction, id: string) => {
      const next = heir(box, id, draft)?.dataset.handle;
      draft.edit((tree) => action.run(tree, id, draft.newId), action.done);
      onNextFrame(() =>
        (handleOf(box, id) ?? handleOf(box, next ?? '') ?? firstButton(box))?.focus(),
      );
    };
    const walk = (from: string, by: number) => {
      const all = handles(box);
      all[all.findIndex((handle) => handle.dataset.handle === from) + by]?.focus();
    };
    return {
      act,
      add: (into, what) => addTo(into, what, box, draft),
      onHandleKey: (event: KeyboardEvent, id: string) => {
        const arrow = !event.altKey && { ArrowUp: -1, ArrowDown: 1 }[event.key];
        const action = actionOf(event);
        const single = action !== undefined && action.key.length === 1;
        if (!arrow && (!action || (single && !settings.get().singleKeys))) return;
        event.preventDefault();
        event.stopPropagation();
        if (arrow) walk(id, arrow);
        else if (action) act(action, id);
      },
    };
  }, [box, draft, settings]);
}

const firstButton = (box: Box) =>
  box.current?.querySelector<HTMLElement>('.group-foot button') ?? undefined;

function addTo(into: string, what: 'rule' | 'group', box: Box, draft: Draft): void {
  const row = rule(draft.newId());
  draft.edit(
    (tree) => {
      const target = find(tree, into)?.node ?? tree;
      const join = target.kind === 'group' && target.join === 'all' ? 'any' : 'all';
      return append(tree, into, what === 'rule' ? row : group(draft.newId(), join, [row]));
    },
    what === 'rule' ? 'Condition added' : 'Group added',
  );
  onNextFrame(() => {
    const picker = box.current?.querySelector<HTMLElement>(`[data-row="${row.id}"] .picker`);
    picker?.focus();
    picker?.click();
  });
}

export const KEYS_IN_WORDS = `Arrow keys go between rows. ${ACTIONS.map(
  (action) => `${action.shown}: ${action.help}`,
).join('. ')}.`;

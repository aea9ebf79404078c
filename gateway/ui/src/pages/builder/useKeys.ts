/** Doing actions to nodes, by key and by menu, with the focus staying where the person is. */

import { useMemo, type KeyboardEvent, type RefObject } from 'react';
import { group, membership, rule, type Group, type Node } from '../../condition/nodes';
import { aboutLinked, wordsAt } from '../../condition/related';
import { append, contains, find, nodeOf } from '../../condition/tree';
import type { Vocabulary } from '../../condition/vocabulary';
import type { Settings } from '../../shell/settings';
import { ACTIONS, actionOf, type NodeAction } from './actions';
import type { Addable, BuilderParts } from './context';
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
    node !== undefined && contains(node, handle.dataset.handle ?? '');
  return all.slice(at + 1).find((handle) => !inside(handle)) ?? all[at - 1];
}

export function useKeys(
  box: Box,
  draft: Draft,
  settings: Settings,
  words: Vocabulary,
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
      add: (into, what) => addTo(into, what, { box, draft, words }),
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
  }, [box, draft, settings, words]);
}

const firstButton = (box: Box) =>
  box.current?.querySelector<HTMLElement>('.group-foot button') ?? undefined;

interface Adding {
  box: Box;
  draft: Draft;
  words: Vocabulary;
}

const SAID: Record<Addable, string> = {
  rule: 'Condition added',
  group: 'Group added',
  related: 'Condition on related records added',
  segment: 'Condition on a segment added',
};

function addTo(into: string, what: Addable, { box, draft, words }: Adding): void {
  const id = draft.newId();
  draft.edit((tree) => append(tree, into, fresh(tree, into, what)), SAID[what]);
  onNextFrame(() => {
    const row = box.current?.querySelector<HTMLElement>(`[data-row="${id}"]`);
    const picker = row?.querySelector<HTMLElement>(what === 'segment' ? '.segment' : '.picker');
    picker?.focus();
    if (what !== 'related') picker?.click();
  });

  function fresh(tree: Group, to: string, kind: Addable): Node {
    const target = nodeOf(tree, to) ?? tree;
    const join = target.kind === 'group' && target.join === 'all' ? 'any' : 'all';
    const way = wordsAt(tree, to, words).linked[0];
    if (kind === 'group') return group(draft.newId(), join, [rule(id)]);
    if (kind === 'related' && way) return aboutLinked(id, way, draft.newId);
    return kind === 'segment' ? membership(id) : rule(id);
  }
}

export const KEYS_IN_WORDS = `Arrow keys go between rows. ${ACTIONS.map(
  (action) => `${action.shown}: ${action.help}`,
).join('. ')}.`;

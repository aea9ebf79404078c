/** Undo and redo over whole trees. Typing in one place merges into one step. */

import type { Group } from './nodes';

export const STEPS_MAX = 200;
export const MERGE_WITHIN_MS = 500;

export interface History {
  past: Group[];
  now: Group;
  future: Group[];
  /** What the last step typed into, and when: the next keystroke there joins it. */
  typing: { place: string; at: number } | null;
}

export const begin = (now: Group): History => ({ past: [], now, future: [], typing: null });

/** The history with one more edit. `place` names the input that is typed in, if any. */
export function edited(history: History, next: Group, at: number, place?: string): History {
  if (next === history.now) return history;
  const { typing } = history;
  const merges = place !== undefined && typing?.place === place && at - typing.at < MERGE_WITHIN_MS;
  return {
    past: merges ? history.past : [...history.past.slice(1 - STEPS_MAX), history.now],
    now: next,
    future: [],
    typing: place === undefined ? null : { place, at },
  };
}

export function undone(history: History): History {
  const before = history.past.at(-1);
  if (!before) return history;
  return {
    past: history.past.slice(0, -1),
    now: before,
    future: [history.now, ...history.future],
    typing: null,
  };
}

export function redone(history: History): History {
  const [after, ...future] = history.future;
  if (!after) return history;
  return { past: [...history.past, history.now], now: after, future, typing: null };
}

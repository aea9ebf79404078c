/** Live counts for the tree being edited: by node, with problems and resolved times. */

import type { Live, Reply } from '../../api/live';
import type { Answer, Explained, Problem } from '../../api/types';
import type { JsonObject } from '../../condition/json';
import type { Group } from '../../condition/nodes';
import type { Vocabulary } from '../../condition/vocabulary';
import { nodeAt, toWire, type Wire } from '../../condition/wire';
import { createStore, type Store } from '../../store';
import type { Why } from './WhyNote';

export interface PreviewState {
  /** By node id. Nodes that are unfinished, muted or wrong have none. */
  counts: ReadonlyMap<string, number>;
  resolved: ReadonlyMap<string, string>;
  problems: ReadonlyMap<string, readonly Problem[]>;
  size: { count: number; total: number; elapsedMs: number; shownMs: number; asOf?: number } | null;
  /** The condition that `size` is for; null until something was counted. */
  counted: JsonObject | null;
  /** The node of each pointer into `counted`. */
  places: Wire['places'];
  /** Node by node, why one record is in or out; null while nobody asks. */
  why: ReadonlyMap<string, Why> | null;
  /** The numbers belong to an earlier edit. */
  stale: boolean;
  /** Which edit the numbers belong to. */
  edit: number;
}

export const NOTHING: PreviewState = {
  counts: new Map(),
  resolved: new Map(),
  problems: new Map(),
  size: null,
  counted: null,
  places: new Map(),
  why: null,
  stale: true,
  edit: 0,
};

export interface Preview {
  readonly state: Store<PreviewState>;
  /** Count this tree; whatever is under way for an older one is shown, faded, and replaced. */
  ask(tree: Group): void;
  /** Count the same tree again: time passes and data changes. */
  refresh(): void;
}

const BUSY = new Set(['overloaded', 'node_unavailable']);
const BUSY_WAIT_MS = 1_000;

export type Later = (run: () => void, ms: number) => void;

export function createPreview(live: Live, words: Vocabulary, later: Later): Preview {
  const state = createStore(NOTHING);
  let edit = 0;
  let asked: Group | null = null;

  function question(tree: Group, mine: number, problems: PreviewState['problems']): void {
    const wire = toWire(tree, words, new Set(problems.keys()));
    const { condition } = wire;
    live.ask({ dataset: words.dataset.name, condition }, (reply) => {
      if (reply.answer) {
        state.set({
          ...shown(reply.answer, wire, reply),
          why: state.get().why,
          problems,
          stale: mine !== edit,
          edit: mine,
        });
        return;
      }
      if (reply.problems?.some((problem) => BUSY.has(problem.code))) {
        later(() => {
          if (mine === edit) question(tree, mine, problems);
        }, BUSY_WAIT_MS);
        return;
      }
      const found = byNode(reply.problems ?? [], wire);
      const merged = new Map([...problems, ...found]);
      const helped = merged.size > problems.size && !merged.has(tree.id);
      const before = helped ? state.get() : { ...state.get(), counts: NOTHING.counts };
      state.set({ ...before, problems: merged, stale: true, edit: mine });
      // What is wrong stays on its row and doesn't keep the rest from being counted.
      if (helped && mine === edit) question(tree, mine, merged);
    });
  }

  return {
    state,
    ask: (tree) => {
      edit += 1;
      asked = tree;
      if (!state.get().stale) state.set({ ...state.get(), stale: true });
      question(tree, edit, new Map());
    },
    refresh: () => {
      if (asked) question(asked, edit, new Map());
    },
  };
}

function shown(answer: Answer, wire: Wire, reply: Reply) {
  const { count, total, elapsed_ms: elapsedMs, as_of: asOf } = answer;
  return {
    counts: relabelled({ '': count, ...answer.per_node }, wire),
    resolved: relabelled(answer.resolved ?? {}, wire),
    size: { count, total, elapsedMs, shownMs: reply.elapsedMs, asOf },
    counted: wire.condition,
    places: wire.places,
  };
}

/** What an explanation says of each node. */
export function whyOf(tree: Explained, places: Wire['places']): ReadonlyMap<string, Why> {
  const found = new Map<string, Why>();
  const visit = (node: Explained) => {
    for (const child of node.children) visit(child);
    const id = places.get(node.path);
    if (id !== undefined) found.set(id, node);
  };
  visit(tree);
  return found;
}

/** By node id instead of by pointer; of a negated node the outer count, which comes first. */
function relabelled<T>(values: Record<string, T>, { places }: Wire): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const pointer of Object.keys(values).sort((one, two) => two.length - one.length)) {
    const id = places.get(pointer);
    if (id !== undefined) found.set(id, values[pointer]!);
  }
  return found;
}

function byNode(problems: readonly Problem[], { places }: Wire): Map<string, Problem[]> {
  const found = new Map<string, Problem[]>();
  for (const problem of problems) {
    const id = nodeAt(places, problem.path);
    if (id !== undefined) found.set(id, [...(found.get(id) ?? []), problem]);
  }
  return found;
}

/** What a person has chosen for this browser. */

import { createStore, type Store } from '../store';

export interface Choices {
  /** Single letters act on the row whose handle has the focus. */
  singleKeys: boolean;
  /** The dataset of the last visit. */
  dataset: string | null;
}
export type Settings = Store<Choices>;

const KEPT_UNDER = 'cardinal.settings';
const FIRST: Choices = { singleKeys: true, dataset: null };

export function openSettings(kept: Storage): Settings {
  const store = createStore<Choices>({ ...FIRST, ...read(kept) });
  return {
    ...store,
    set: (next) => {
      kept.setItem(KEPT_UNDER, JSON.stringify(next));
      store.set(next);
    },
  };
}

function read(kept: Storage): Partial<Choices> {
  try {
    return JSON.parse(kept.getItem(KEPT_UNDER) ?? '{}') as Partial<Choices>;
  } catch {
    // A hand-edited entry: the first choices hold.
    return {};
  }
}

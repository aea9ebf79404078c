/** What every part of the tree needs: the words, the draft, the counts and the keys. */

import { createContext, useContext, type KeyboardEvent } from 'react';
import type { Json } from '../../condition/json';
import type { Vocabulary } from '../../condition/vocabulary';
import type { Store } from '../../store';
import type { NodeAction } from './actions';
import type { Draft } from './draft';
import type { Preview } from './preview';

export type Addable = 'rule' | 'group' | 'related' | 'segment';

export interface BuilderParts {
  /** Of the dataset that is asked about here: of a related one within its conditions. */
  words: Vocabulary;
  /** Links between the base and this dataset: 0 for the base, the only one with counts. */
  hops: number;
  /** The outermost group over this dataset, which nothing is dragged out of. */
  scope: string;
  draft: Draft;
  preview: Preview;
  /** The key of the record that is asked about: why it is in or out. */
  asked: Store<Json | null>;
  /** Do an action to a node and keep the focus with it. */
  act: (action: NodeAction, id: string) => void;
  /** Add a row or a group to a group and put the focus there. */
  add: (into: string, what: Addable) => void;
  onHandleKey: (event: KeyboardEvent, id: string) => void;
  /** Write a new formula field of a dataset, for the row of this id. */
  newFormula: (node: string, dataset: string) => void;
  /** Open a raw node as JSON. */
  editRaw: (id: string) => void;
}

const Builder = createContext<BuilderParts | null>(null);
export const BuilderProvider = Builder.Provider;

export function useBuilder(): BuilderParts {
  const parts = useContext(Builder);
  if (!parts) throw new Error('a part of the builder is outside of it');
  return parts;
}

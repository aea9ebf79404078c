/** What every part of the tree needs: the words, the draft, the counts and the keys. */

import { createContext, useContext, type KeyboardEvent } from 'react';
import type { Vocabulary } from '../../condition/vocabulary';
import type { NodeAction } from './actions';
import type { Draft } from './draft';
import type { Preview } from './preview';

export interface BuilderParts {
  words: Vocabulary;
  draft: Draft;
  preview: Preview;
  /** Do an action to a node and keep the focus with it. */
  act: (action: NodeAction, id: string) => void;
  /** Add a row or a group to a group and put the focus there. */
  add: (into: string, what: 'rule' | 'group') => void;
  onHandleKey: (event: KeyboardEvent, id: string) => void;
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

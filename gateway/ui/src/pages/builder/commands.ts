/** What can be done to the whole condition: the toolbar's menu and the palette both read this. */

import { Braces, Copy, Eraser, Link2, Plus, Redo2, Undo2, type LucideIcon } from 'lucide-react';
import type { Vocabulary } from '../../condition/vocabulary';
import { toWire } from '../../condition/wire';
import type { BuilderParts } from './context';
import { asJson, blankTree, linkTo, type Draft } from './draft';

export interface PageCommand {
  name: string;
  icon: LucideIcon;
  run: () => void;
}

export function menuCommands(draft: Draft, words: Vocabulary, openJson: () => void): PageCommand[] {
  const copy = (text: string, done: string) => {
    void navigator.clipboard?.writeText(text).then(() => draft.say(done));
  };
  const link = () =>
    location.origin + location.pathname + linkTo(toWire(draft.history.get().now, words).condition);
  return [
    {
      name: 'Copy JSON',
      icon: Copy,
      run: () => copy(asJson(draft.history.get().now, words), 'Condition copied'),
    },
    { name: 'View or paste JSON', icon: Braces, run: openJson },
    { name: 'Copy link to this condition', icon: Link2, run: () => copy(link(), 'Link copied') },
    {
      name: 'Start over',
      icon: Eraser,
      run: () => draft.edit(() => blankTree(draft.newId), 'Started over'),
    },
  ];
}

export const paletteCommands = (draft: Draft, add: BuilderParts['add']): PageCommand[] => [
  { name: 'Add condition', icon: Plus, run: () => add(draft.history.get().now.id, 'rule') },
  { name: 'Add group', icon: Plus, run: () => add(draft.history.get().now.id, 'group') },
  { name: 'Undo', icon: Undo2, run: draft.undo },
  { name: 'Redo', icon: Redo2, run: draft.redo },
];

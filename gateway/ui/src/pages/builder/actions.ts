/** What can be done to a node, once: the row's menu, the keys and the key list all read this. */

import {
  ArrowDown,
  ArrowUp,
  Ban,
  CopyPlus,
  EyeOff,
  FolderPlus,
  Trash2,
  Ungroup,
  type LucideIcon,
} from 'lucide-react';
import type { Group, NewId, Node } from '../../condition/nodes';
import {
  duplicate,
  find,
  height,
  nudge,
  remove,
  toggleMuted,
  toggleNot,
  unwrap,
  wrap,
} from '../../condition/tree';

/** Groups within groups, the root included; the language itself allows 32 levels. */
export const GROUP_LEVELS_MAX = 12;

export interface NodeAction {
  name: string;
  /** The menu's words, which may depend on the node. */
  label: (node: Node) => string;
  /** Its key on a row's handle, and how it is written. */
  key: string;
  alt?: boolean;
  shown: string;
  help: string;
  icon: LucideIcon;
  /** Said to people who don't see it happen. */
  done: string;
  danger?: boolean;
  fits?: (node: Node) => boolean;
  run: (tree: Group, id: string, newId: NewId) => Group;
}

export const ACTIONS: readonly NodeAction[] = [
  {
    name: 'up',
    label: () => 'Move up',
    key: 'ArrowUp',
    alt: true,
    shown: 'Alt ↑',
    help: 'move up, in and out of groups',
    icon: ArrowUp,
    done: 'Moved up',
    run: (tree, id) => nudged(tree, id, -1),
  },
  {
    name: 'down',
    label: () => 'Move down',
    key: 'ArrowDown',
    alt: true,
    shown: 'Alt ↓',
    help: 'move down, in and out of groups',
    icon: ArrowDown,
    done: 'Moved down',
    run: (tree, id) => nudged(tree, id, 1),
  },
  {
    name: 'duplicate',
    label: () => 'Duplicate',
    key: 'd',
    shown: 'D',
    help: 'duplicate',
    icon: CopyPlus,
    done: 'Duplicated',
    run: duplicate,
  },
  {
    name: 'group',
    label: () => 'Put in a group',
    key: 'g',
    shown: 'G',
    help: 'put in a new group',
    icon: FolderPlus,
    done: 'Put in a new group',
    run: (tree, id, newId) => fits(wrap(tree, id, newId), tree),
  },
  {
    name: 'ungroup',
    label: () => 'Dissolve group',
    key: 'u',
    shown: 'U',
    help: 'dissolve a group',
    icon: Ungroup,
    done: 'Group dissolved',
    fits: (node) => node.kind === 'group',
    run: unwrap,
  },
  {
    name: 'not',
    label: (node) => (node.not ? 'Remove “not”' : 'Turn into “not”'),
    key: 'n',
    shown: 'N',
    help: 'not: keep the records that don’t match',
    icon: Ban,
    done: 'Not switched',
    run: toggleNot,
  },
  {
    name: 'mute',
    label: (node) => (node.muted ? 'Count again' : 'Mute'),
    key: 'm',
    shown: 'M',
    help: 'mute: keep it, but leave it out',
    icon: EyeOff,
    done: 'Mute switched',
    run: toggleMuted,
  },
  {
    name: 'remove',
    label: () => 'Remove',
    key: 'Delete',
    shown: 'Del',
    help: 'remove',
    icon: Trash2,
    done: 'Removed',
    danger: true,
    run: remove,
  },
];

/** The action of a key press on a row's handle; single letters only without Ctrl and Alt. */
export function actionOf(press: {
  key: string;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
}): NodeAction | undefined {
  if (press.ctrlKey || press.metaKey) return undefined;
  const key = press.key === 'Backspace' ? 'Delete' : press.key;
  const same = (action: NodeAction) => action.key === (key.length === 1 ? key.toLowerCase() : key);
  return ACTIONS.find((action) => same(action) && (action.alt ?? false) === press.altKey);
}

/** `next`, unless its groups go deeper than people may nest them here and deeper than before. */
export const fits = (next: Group, before: Group): Group =>
  height(next) > Math.max(GROUP_LEVELS_MAX, height(before)) ? before : next;

const nudged = (tree: Group, id: string, by: -1 | 1): Group => fits(nudge(tree, id, by), tree);

/** Whether one more group may be put into a group. */
export const mayNest = (tree: Group, into: string): boolean =>
  into === tree.id || (find(tree, into)?.depth ?? 0) + 1 < GROUP_LEVELS_MAX;

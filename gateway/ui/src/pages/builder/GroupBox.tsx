/** A group: how its conditions combine, the conditions, and what to add. */

import { Button } from '@mantine/core';
import { FolderPlus, Layers, Link2, Plus, type LucideIcon } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import type { Group, Node } from '../../condition/nodes';
import { setJoin, toggleNot } from '../../condition/tree';
import { Toggle } from '../../parts/Toggle';
import { useStore } from '../../store';
import { GROUP_LEVELS_MAX } from './actions';
import { useBuilder } from './context';
import { CountBadge } from './CountBadge';
import { Handle } from './Handle';
import { NodeMenu } from './NodeMenu';
import { RawRow } from './RawRow';
import { RelatedRow } from './RelatedRow';
import { RowNotes } from './RowNotes';
import { RuleRow } from './RuleRow';
import { SegmentRow } from './SegmentRow';
import { useDrag } from './useDrag';
import './group.css';

interface Props {
  node: Group;
  index: number;
  parent: string | null;
  depth: number;
  /** Of a group of its own within another one: what it is for, in place of a handle. */
  head?: ReactNode;
}

const JOINS = [
  { value: 'all', label: 'All of', help: 'Every condition must hold' },
  { value: 'any', label: 'Any of', help: 'One condition is enough' },
] as const;

export const GroupBox = memo(function GroupBox({ node, index, parent, depth, head }: Props) {
  const { box, handle, marks } = useDrag({ id: node.id, index, parent, isGroup: true });
  const { preview } = useBuilder();
  const holds = useStore(preview.state, (state) => state.why?.get(node.id)?.holds);
  const what = `${node.not ? 'not ' : ''}${node.join} of`;
  return (
    <div
      ref={box}
      className="group"
      data-join={node.join}
      data-even={depth % 2 === 0 || undefined}
      data-deep={depth > 3 || undefined}
      data-muted={node.muted || undefined}
      data-holds={holds ?? undefined}
      role="group"
      aria-label={`Group at level ${depth + 1}: ${what}`}
      {...marks}
    >
      <div className="group-head">
        {parent !== null && <Handle id={node.id} what={`group, ${what}`} ref={handle} />}
        {head}
        {(!head || node.children.length > 1 || node.not || node.join === 'any') && (
          <Combining node={node} />
        )}
        <div className="group-end">
          <CountBadge id={node.id} muted={node.muted} />
          {parent !== null && <NodeMenu node={node} what={`group, ${what}`} />}
        </div>
      </div>
      <RowNotes node={node} />
      <div className="children">
        {node.children.map((child, at) => (
          <Child key={child.id} node={child} index={at} parent={node.id} depth={depth + 1} />
        ))}
        {!node.children.length && <EmptyGroup join={node.join} />}
      </div>
      <Adding node={node} depth={depth} />
    </div>
  );
});

function Child({ node, ...place }: { node: Node; index: number; parent: string; depth: number }) {
  const { depth, ...at } = place;
  switch (node.kind) {
    case 'group':
      return <GroupBox node={node} {...at} depth={depth} />;
    case 'rule':
      return <RuleRow node={node} {...at} />;
    case 'related':
      return <RelatedRow node={node} {...at} depth={depth} />;
    case 'segment':
      return <SegmentRow node={node} {...at} />;
    case 'raw':
      return <RawRow node={node} {...at} />;
  }
}

function Combining({ node }: { node: Group }) {
  const { draft } = useBuilder();
  return (
    <>
      <Toggle
        label="How the conditions combine"
        choices={JOINS}
        value={node.join}
        onPick={(join) =>
          draft.edit((tree) => setJoin(tree, node.id, join), `Group is now ${join} of`)
        }
      />
      <button
        type="button"
        className="not-chip"
        aria-pressed={node.not}
        title="Keep the records that do not match this group"
        onClick={() => draft.edit((tree) => toggleNot(tree, node.id), 'Not switched')}
      >
        Not
      </button>
    </>
  );
}

function Adding({ node, depth }: { node: Group; depth: number }) {
  const { add, words, hops } = useBuilder();
  return (
    <div className="group-foot">
      <Button
        size="compact-sm"
        variant="light"
        leftSection={<Plus size={14} aria-hidden />}
        onClick={() => add(node.id, 'rule')}
      >
        Condition
      </Button>
      {depth + 1 < GROUP_LEVELS_MAX && (
        <More icon={FolderPlus} label="Group" onClick={() => add(node.id, 'group')} />
      )}
      {words.linked.length > 0 && hops === 0 && (
        <More icon={Link2} label="Related records" onClick={() => add(node.id, 'related')} />
      )}
      {hops === 0 && <More icon={Layers} label="Segment" onClick={() => add(node.id, 'segment')} />}
    </div>
  );
}

interface MoreProps {
  icon: LucideIcon;
  label: string;
  onClick: () => void;
}

const More = ({ icon: Icon, label, onClick }: MoreProps) => (
  <Button
    size="compact-sm"
    variant="subtle"
    color="gray"
    leftSection={<Icon size={14} aria-hidden />}
    onClick={onClick}
  >
    {label}
  </Button>
);

export const EmptyGroup = ({ join }: Pick<Group, 'join'>) => (
  <p className="empty-group">
    {join === 'all'
      ? 'Nothing in here: holds for every record.'
      : 'Nothing in here: holds for no record.'}{' '}
    Add a condition or drop one.
  </p>
);

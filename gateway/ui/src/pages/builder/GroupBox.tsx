/** A group: how its conditions combine, the conditions, and what to add. */

import { Button } from '@mantine/core';
import { FolderPlus, Plus } from 'lucide-react';
import { memo } from 'react';
import { setJoin, toggleNot, type Group, type Node } from '../../condition/tree';
import { Toggle } from '../../parts/Toggle';
import { GROUP_LEVELS_MAX } from './actions';
import { useBuilder } from './context';
import { CountBadge } from './CountBadge';
import { Handle } from './Handle';
import { NodeMenu } from './NodeMenu';
import { RawRow } from './RawRow';
import { RowNotes } from './RowNotes';
import { RuleRow } from './RuleRow';
import { useDrag } from './useDrag';
import './group.css';

interface Props {
  node: Group;
  index: number;
  parent: string | null;
  depth: number;
}

const JOINS = [
  { value: 'all', label: 'All of', help: 'Every condition must hold' },
  { value: 'any', label: 'Any of', help: 'One condition is enough' },
] as const;

export const GroupBox = memo(function GroupBox({ node, index, parent, depth }: Props) {
  const { box, handle, marks } = useDrag({ id: node.id, index, parent, isGroup: true });
  const what = `${node.not ? 'not ' : ''}${node.join} of`;
  return (
    <div
      ref={box}
      className="group"
      data-join={node.join}
      data-even={depth % 2 === 0 || undefined}
      data-deep={depth > 3 || undefined}
      data-muted={node.muted || undefined}
      role="group"
      aria-label={`Group at level ${depth + 1}: ${what}`}
      {...marks}
    >
      <div className="group-head">
        {parent !== null && <Handle id={node.id} what={`group, ${what}`} ref={handle} />}
        <Combining node={node} />
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
  if (node.kind === 'group') return <GroupBox node={node} {...at} depth={depth} />;
  return node.kind === 'rule' ? <RuleRow node={node} {...at} /> : <RawRow node={node} {...at} />;
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
  const { add } = useBuilder();
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
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          leftSection={<FolderPlus size={14} aria-hidden />}
          onClick={() => add(node.id, 'group')}
        >
          Group
        </Button>
      )}
    </div>
  );
}

export const EmptyGroup = ({ join }: Pick<Group, 'join'>) => (
  <p className="empty-group">
    {join === 'all'
      ? 'Nothing in here: holds for every record.'
      : 'Nothing in here: holds for no record.'}{' '}
    Add a condition or drop one.
  </p>
);

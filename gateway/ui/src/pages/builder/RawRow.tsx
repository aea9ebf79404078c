/** A condition that has no editor here yet, shown as it is written; it counts like any other. */

import { Button } from '@mantine/core';
import { Braces } from 'lucide-react';
import { memo } from 'react';
import type { Raw } from '../../condition/tree';
import { useBuilder } from './context';
import { CountBadge } from './CountBadge';
import { Handle } from './Handle';
import { NodeMenu } from './NodeMenu';
import { RowNotes } from './RowNotes';
import { useDrag } from './useDrag';

export const RawRow = memo(function RawRow({
  node,
  index,
  parent,
}: {
  node: Raw;
  index: number;
  parent: string;
}) {
  const { editRaw } = useBuilder();
  const { box, handle, marks } = useDrag({ id: node.id, index, parent, isGroup: false });
  const what = 'condition as JSON';
  return (
    <div
      ref={box}
      className="rule"
      role="group"
      aria-label="Condition as JSON"
      data-row={node.id}
      data-muted={node.muted || undefined}
      {...marks}
    >
      <Handle id={node.id} what={what} ref={handle} />
      <div className="rule-body">
        {node.not && <span className="not-chip">Not</span>}
        <code className="raw-json">{JSON.stringify(node.json)}</code>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<Braces size={14} aria-hidden />}
          onClick={() => editRaw(node.id)}
        >
          Edit
        </Button>
      </div>
      <CountBadge id={node.id} muted={node.muted} />
      <NodeMenu node={node} what={what} />
      <RowNotes node={node} />
    </div>
  );
});

/** The frame of every row: handle, what it says, count, menu, notes, and what hangs below it. */

import type { ReactNode } from 'react';
import { toggleNot } from '../../condition/tree';
import type { Node } from '../../condition/nodes';
import { useStore } from '../../store';
import { useBuilder } from './context';
import { CountBadge } from './CountBadge';
import { Handle } from './Handle';
import { NodeMenu } from './NodeMenu';
import { RowNotes } from './RowNotes';
import { useDrag } from './useDrag';
import './rule.css';

interface Props {
  node: Node;
  index: number;
  parent: string;
  /** What the row is, in words that follow "Move" and "Actions for". */
  what: string;
  children: ReactNode;
  /** Below the row, as wide as it. */
  inner?: ReactNode;
}

export function Row({ node, index, parent, what, children, inner }: Props) {
  const { preview } = useBuilder();
  const { box, handle, marks } = useDrag({ id: node.id, index, parent, isGroup: false });
  const wrong = useStore(preview.state, (state) => state.problems.has(node.id));
  const holds = useStore(preview.state, (state) => state.why?.get(node.id)?.holds);
  return (
    <div
      ref={box}
      className="rule"
      role="group"
      aria-label={what[0]!.toUpperCase() + what.slice(1)}
      data-row={node.id}
      data-kind={node.kind}
      data-muted={node.muted || undefined}
      data-wrong={wrong || undefined}
      data-holds={holds ?? undefined}
      {...marks}
    >
      <Handle id={node.id} what={what} ref={handle} />
      <div className="rule-body">
        {node.not && node.kind !== 'segment' && <NotChip node={node} what={what} />}
        {children}
      </div>
      <CountBadge id={node.id} muted={node.muted} />
      <NodeMenu node={node} what={what} />
      <RowNotes node={node} />
      {inner && <div className="rule-inner">{inner}</div>}
    </div>
  );
}

function NotChip({ node, what }: Pick<Props, 'node' | 'what'>) {
  const { draft } = useBuilder();
  return (
    <button
      type="button"
      className="not-chip"
      title="Remove “not”"
      aria-label={`Not, for ${what}`}
      aria-pressed
      onClick={() => draft.edit((tree) => toggleNot(tree, node.id), 'Not removed')}
    >
      Not
    </button>
  );
}

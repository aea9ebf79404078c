/** One condition on a field: field, operator, value, count. */

import { memo } from 'react';
import { patchRule, toggleNot, type Rule } from '../../condition/tree';
import { labelOf } from '../../condition/vocabulary';
import { useStore } from '../../store';
import { useBuilder } from './context';
import { CountBadge } from './CountBadge';
import { FieldPicker } from './FieldPicker';
import { Handle } from './Handle';
import { NodeMenu } from './NodeMenu';
import { OperatorPicker } from './OperatorPicker';
import { RowNotes } from './RowNotes';
import { useDrag } from './useDrag';
import { ValueEditor } from './values/ValueEditor';
import './rule.css';

interface Props {
  node: Rule;
  index: number;
  parent: string;
}

export const RuleRow = memo(function RuleRow({ node, index, parent }: Props) {
  const { words, draft, preview } = useBuilder();
  const { box, handle, marks } = useDrag({ id: node.id, index, parent, isGroup: false });
  const wrong = useStore(preview.state, (state) => state.problems.has(node.id));
  const field = words.field(node.field);
  const name = field ? labelOf(field) : node.field;
  const what = name ? `condition on ${name}` : 'new condition';
  return (
    <div
      ref={box}
      className="rule"
      role="group"
      aria-label={what[0]!.toUpperCase() + what.slice(1)}
      data-row={node.id}
      data-muted={node.muted || undefined}
      data-wrong={wrong || undefined}
      {...marks}
    >
      <Handle id={node.id} what={what} ref={handle} />
      <div className="rule-body">
        {node.not && (
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
        )}
        <FieldPicker node={node} />
        {node.field && (
          <div className="rule-value">
            <OperatorPicker node={node} name={name} />
            <ValueEditor
              rule={node}
              label={`Value for ${name}`}
              set={(value, place) =>
                draft.edit(
                  (tree) => patchRule(tree, node.id, { value }),
                  undefined,
                  place === undefined ? undefined : node.id + place,
                )
              }
            />
          </div>
        )}
      </div>
      <CountBadge id={node.id} muted={node.muted} />
      <NodeMenu node={node} what={what} />
      <RowNotes node={node} />
    </div>
  );
});

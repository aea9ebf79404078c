/** One condition on a field: field, operator, value, count. */

import { memo } from 'react';
import type { Rule } from '../../condition/nodes';
import { patchRule } from '../../condition/tree';
import { labelOf } from '../../condition/vocabulary';
import { useBuilder } from './context';
import { OperatorPicker } from './OperatorPicker';
import { Row } from './Row';
import { SubjectPicker } from './SubjectPicker';
import { ValueEditor } from './values/ValueEditor';

interface Props {
  node: Rule;
  index: number;
  parent: string;
}

export const RuleRow = memo(function RuleRow({ node, index, parent }: Props) {
  const { words, draft } = useBuilder();
  const field = words.field(node.field);
  const name = field ? labelOf(field) : node.field;
  return (
    <Row {...{ node, index, parent }} what={name ? `condition on ${name}` : 'new condition'}>
      <SubjectPicker node={node} />
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
    </Row>
  );
});

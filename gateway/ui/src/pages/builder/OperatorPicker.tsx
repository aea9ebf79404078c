/** How a field is compared; labels and help are the server's own. */

import { useMemo } from 'react';
import type { Rule } from '../../condition/nodes';
import { replace } from '../../condition/tree';
import { withOperator } from '../../condition/vocabulary';
import { Picker, type Choice } from '../../parts/Picker';
import { useBuilder } from './context';

export function OperatorPicker({ node, name }: { node: Rule; name: string }) {
  const { words, draft } = useBuilder();
  const field = words.field(node.field);
  const choices = useMemo(
    (): Choice[] =>
      (field ? words.operatorsFor(field) : []).map((operator) => ({
        value: operator.key,
        label: operator.label,
        help: operator.help,
        also: operator.key,
      })),
    [words, field],
  );
  return (
    <Picker
      label={`Operator for ${name}`}
      value={node.op}
      choices={choices}
      className="rule-operator"
      wide
      placeholder="Choose how"
      invalid={!words.operator(node.op)}
      onPick={(key) => draft.edit((tree) => replace(tree, node.id, withOperator(words, node, key)))}
    />
  );
}

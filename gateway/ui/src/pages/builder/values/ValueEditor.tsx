/** The input for a value, chosen by the shape that the operator's entry names. */

import type { Rule } from '../../../condition/tree';
import { literalType } from '../../../condition/values';
import { useBuilder } from '../context';
import { JsonInput } from './JsonInput';
import { ListInput } from './ListInput';
import type { SetValue } from './props';
import { RangeInput } from './RangeInput';
import { ScalarInput } from './ScalarInput';
import { WindowInput } from './WindowInput';
import './values.css';

export function ValueEditor({ rule, label, set }: { rule: Rule; label: string; set: SetValue }) {
  const { words } = useBuilder();
  const field = words.field(rule.field);
  const operator = words.operator(rule.op);
  if (!field || !operator || 'value_field' in rule.extra) return null;
  const type = literalType(field, operator);
  const { value } = rule;
  switch (operator.value) {
    case 'none':
      return null;
    case 'one':
      return <ScalarInput {...{ field, type, label, value, set }} />;
    case 'list':
      return <ListInput {...{ field, type, label, value, set }} />;
    case 'range':
      return <RangeInput {...{ field, type, label, value, set }} />;
    case 'window':
      return <WindowInput {...{ rule, label, set }} />;
    default:
      return <JsonInput {...{ label, value, set }} />;
  }
}

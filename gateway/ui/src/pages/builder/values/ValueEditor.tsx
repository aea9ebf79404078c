/** The input for a value, chosen by the shape that the operator's entry names. */

import { isObject, type Json } from '../../../condition/json';
import type { Rule } from '../../../condition/nodes';
import { literalType } from '../../../condition/values';
import { useBuilder } from '../context';
import { AnniversaryInput, HoursInput, WeekdaysInput } from './ClockInputs';
import { FieldInput } from './FieldInput';
import { JsonInput } from './JsonInput';
import { ListInput } from './ListInput';
import { PeriodInput } from './PeriodInput';
import type { SetValue } from './props';
import { RangeInput } from './RangeInput';
import { SampleInput } from './SampleInput';
import { ScalarInput } from './ScalarInput';
import { SpanInput } from './SpanInput';
import './values.css';

export function ValueEditor({ rule, label, set }: { rule: Rule; label: string; set: SetValue }) {
  const { words } = useBuilder();
  const field = words.field(rule.field);
  const operator = words.operator(rule.op);
  if (!field || !operator) return null;
  if ('value_field' in rule.extra) return <FieldInput {...{ rule, field, label }} />;
  const type = literalType(field, operator);
  const { value } = rule;
  const plain = { label, value, set };
  switch (operator.value) {
    case 'none':
      return null;
    case 'one':
      return <ScalarInput {...plain} {...{ field, type }} />;
    case 'list':
      return <ListInput {...plain} {...{ field, type }} />;
    case 'range':
      return <RangeInput {...plain} {...{ field, type }} />;
    case 'window':
      return <SpanInput {...plain} value={span(value)} numbers={['amount']} />;
    case 'ago_span':
      return <SpanInput {...plain} value={span(value)} numbers={['from', 'to']} />;
    case 'period':
      return <PeriodInput {...plain} />;
    case 'anniversary':
      return <AnniversaryInput {...plain} />;
    case 'weekdays':
      return <WeekdaysInput {...plain} />;
    case 'hours':
      return <HoursInput {...plain} />;
    case 'sample':
      return <SampleInput {...plain} />;
    default:
      return <JsonInput {...plain} />;
  }
}

const span = (value: Json | undefined) => (isObject(value) ? value : { unit: 'day' });

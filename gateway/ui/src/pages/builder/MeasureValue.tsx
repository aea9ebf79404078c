/** What the measure of related records is compared with: field, operator, value. */

import type { Json } from '../../condition/json';
import type { Aggregate, Measure } from '../../condition/nodes';
import {
  aggregate,
  comparison,
  COUNT_OPERATORS,
  foldOf,
  foldOperators,
  isTime,
  needsOrder,
} from '../../condition/related';
import { reshaped } from '../../condition/shapes';
import type { Operator } from '../../api/types';
import { Picker } from '../../parts/Picker';
import { useBuilder } from './context';
import { fieldChoice } from './SubjectPicker';
import { RangeInput } from './values/RangeInput';
import { ScalarInput } from './values/ScalarInput';

interface Props<M = Measure> {
  id: string;
  measure: M;
  dataset: string;
  set: (next: Measure, typingIn?: string) => void;
}
type Compared = Extract<Measure, { kind: 'count' | 'aggregate' }>;

export function MeasureValue({ measure, ...rest }: Props) {
  if (measure.kind === 'any') return null;
  if (measure.kind === 'sequence') {
    const set = (orderBy: string) => rest.set({ ...measure, orderBy });
    return <OrderField value={measure.orderBy} dataset={rest.dataset} pick={set} />;
  }
  return (
    <>
      {measure.kind === 'aggregate' && <FoldedField {...rest} measure={measure} />}
      <Comparison {...rest} measure={measure} />
    </>
  );
}

function FoldedField({ measure, dataset, set }: Props<Aggregate>) {
  const { words } = useBuilder();
  const takes = foldOf(measure.fn)?.takes ?? (() => true);
  const pick = (name: string) => {
    const next = aggregate(words, measure.fn, name);
    set({ ...next, orderBy: measure.orderBy ?? next.orderBy });
  };
  return (
    <>
      <Picker
        label={`Field of ${dataset}`}
        value={measure.field}
        choices={words.fields.filter(takes).map((field) => fieldChoice(field))}
        placeholder="Choose a field"
        search="Search fields"
        className="measure-field"
        wide
        invalid={measure.field !== '' && !words.field(measure.field)}
        onPick={pick}
      />
      {needsOrder(measure.fn) && (
        <OrderField
          value={measure.orderBy ?? ''}
          dataset={dataset}
          pick={(orderBy) => set({ ...measure, orderBy })}
        />
      )}
    </>
  );
}

interface Order {
  value: string;
  dataset: string;
  pick: (name: string) => void;
}

function OrderField({ value, dataset, pick }: Order) {
  const { words } = useBuilder();
  const times = words.fields.filter(isTime).map((field) => fieldChoice(field));
  return (
    <span className="measure-order">
      <span>by</span>
      <Picker
        label={`Time field that orders ${dataset}`}
        value={value}
        choices={times}
        placeholder="Choose a time"
        wide
        invalid={value !== '' && !words.field(value)}
        onPick={pick}
      />
    </span>
  );
}

function Comparison({ id, measure, dataset, set }: Props<Compared>) {
  const { words } = useBuilder();
  const { type } = comparison(measure, words)!;
  const about = measure.kind === 'count' ? undefined : words.field(measure.field);
  const field = about ?? { name: '', type, label: '', filled: 1, distinct: 0 };
  const choices =
    measure.kind === 'count'
      ? COUNT_OPERATORS.map(({ key, label }) => ({ value: key, label }))
      : foldOperators(words, type).map(({ key, label }) => ({ value: key, label }));
  const label = measure.kind === 'count' ? `Number of ${dataset}` : `Value for ${dataset}`;
  const put = (value: Json | undefined, place?: string) =>
    set({ ...measure, value }, place === undefined ? undefined : id + place);
  const pick = (op: string) => {
    const shape = (key: string) => (key === 'between' ? 'range' : 'one');
    const to = { value: shape(op) } as Operator;
    set({ ...measure, op, value: reshaped(measure.value, shape(measure.op), to) });
  };
  const input = { field: { ...field, type }, type, label, value: measure.value, set: put };
  return (
    <>
      <Picker
        label={`Operator for ${dataset}`}
        value={measure.op}
        choices={choices}
        className="measure-operator"
        onPick={pick}
      />
      {measure.op === 'between' ? <RangeInput {...input} /> : <ScalarInput {...input} />}
    </>
  );
}

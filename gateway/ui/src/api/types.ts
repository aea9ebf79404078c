/** The shapes of the API that this page reads, from the gateway's own OpenAPI description. */

import type { components } from '../../generated/schema';
import type { Json, JsonObject } from '../condition/json';

type Schemas = components['schemas'];

/** Types by the server's names; a newer server may have more, which are treated as text. */
export type FieldType = Schemas['FieldType'];
export type Field = Omit<Schemas['FieldOut'], 'type'> & { type: FieldType };
export type Link = Schemas['LinkOut'];
export type Dataset = Omit<Schemas['DatasetOut'], 'fields'> & { fields: Field[] };

/** How the value of an operator is given. Unknown shapes are edited as JSON. */
export type ValueShape =
  | 'one'
  | 'list'
  | 'range'
  | 'none'
  | 'window'
  | 'ago_span'
  | 'period'
  | 'anniversary'
  | 'weekdays'
  | 'hours'
  | 'sample';
export type Operator = Omit<Schemas['OperatorOut'], 'value'> & { value: ValueShape };

export type Session = Schemas['SessionOut'];
/** Labels come only with values that are shown by another text. */
export type ValueCount = Omit<Schemas['ValueOut'], 'value'> & { value: Json };
export type ValueCounts = Pick<Schemas['ValuesOut'], 'null'> & { items: ValueCount[] };
export type Member = Schemas['RecordOut'];
export type MemberPage = Pick<Schemas['MembersOut'], 'items' | 'next_cursor'>;
/** How the count of a node came about, and for a record whether the node holds. */
export type Explained = Omit<Schemas['ExplainNode'], 'children' | 'value'> & {
  value?: Json;
  children: Explained[];
};
export type Problem = Schemas['ProblemOut'];

export interface Question {
  dataset: string;
  condition: JsonObject;
}
export type Answer = Pick<Schemas['PreviewOut'], 'count' | 'total' | 'per_node' | 'elapsed_ms'> &
  Partial<Pick<Schemas['PreviewOut'], 'as_of' | 'resolved'>>;

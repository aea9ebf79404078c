/** Another field of the same record, in place of a value. */

import type { Field } from '../../../api/types';
import type { Rule } from '../../../condition/nodes';
import { shown } from '../../../condition/literals';
import { patchRule } from '../../../condition/tree';
import { Picker } from '../../../parts/Picker';
import { useBuilder } from '../context';
import { fieldChoice } from '../SubjectPicker';

const KIN: readonly (readonly string[])[] = [
  ['int', 'decimal', 'float'],
  ['date', 'timestamp'],
  ['keyword', 'text'],
];

/** Fields whose values can be compared with those of another one. */
export const comparable = (field: Field, others: readonly Field[]): Field[] => {
  const kin = KIN.find((family) => family.includes(field.type)) ?? [field.type];
  return others.filter((other) => other.name !== field.name && kin.includes(other.type));
};

export function FieldInput({ rule, field, label }: { rule: Rule; field: Field; label: string }) {
  const { words, draft } = useBuilder();
  const put = (name: string) =>
    draft.edit((tree) => patchRule(tree, rule.id, { extra: { ...rule.extra, value_field: name } }));
  const value = shown(rule.extra.value_field);
  return (
    <Picker
      label={`${label}: another field`}
      value={value}
      choices={comparable(field, words.fields).map(fieldChoice)}
      placeholder="Choose a field"
      search="Search fields"
      className="value"
      wide
      invalid={value !== '' && !words.field(value)}
      onPick={put}
    />
  );
}

/** Which field a condition is about, with the field's type and how much of it is filled. */

import { Info } from 'lucide-react';
import { useMemo } from 'react';
import type { Field } from '../../api/types';
import { replace, type Rule } from '../../condition/tree';
import { labelOf, onField, type Vocabulary } from '../../condition/vocabulary';
import { number, percent } from '../../parts/format';
import { Hint } from '../../parts/Hint';
import { Picker, type Choice } from '../../parts/Picker';
import { TypeIcon } from '../../parts/TypeIcon';
import { useBuilder } from './context';

export function FieldPicker({ node }: { node: Rule }) {
  const { words, draft } = useBuilder();
  const choices = useChoices(words);
  const field = words.field(node.field);
  return (
    <div className="rule-field">
      <Picker
        label="Field"
        value={field?.name ?? node.field}
        choices={choices}
        placeholder="Choose a field"
        search="Search fields"
        wide
        invalid={Boolean(node.field) && !field}
        onPick={(name) => draft.edit((tree) => replace(tree, node.id, onField(words, node, name)))}
      />
      {field && (
        <Hint says={about(field)}>
          <button
            type="button"
            className="help"
            aria-label={`About ${labelOf(field)}: ${about(field)}`}
          >
            <Info size={15} aria-hidden />
          </button>
        </Hint>
      )}
    </div>
  );
}

/** One list for all rows of a dataset: it is the same for each. */
const useChoices = (words: Vocabulary): readonly Choice[] =>
  useMemo(
    () =>
      words.fields.map((field) => ({
        value: field.name,
        label: labelOf(field),
        also: `${field.name} ${field.type}`,
        icon: <TypeIcon field={field} />,
        help: field.label && field.label !== field.name ? field.name : undefined,
        aside: field.key ? 'key' : `${percent(field.filled, 1)} filled`,
      })),
    [words],
  );

export function about(field: Field): string {
  const facts = [
    field.key ? `the record's key, ${typeWords(field)}` : typeWords(field),
    `${percent(field.filled, 1)} of records have a value`,
    `${number(field.distinct)} different`,
  ];
  if (field.pii) facts.push(`personal data (${field.pii})`);
  return `${field.name}: ${facts.join(', ')}`;
}

const TYPE_WORDS: Record<Field['type'], string> = {
  bool: 'yes or no',
  int: 'whole number',
  decimal: 'exact decimal',
  float: 'number',
  date: 'date',
  timestamp: 'point in time',
  keyword: 'text value',
  text: 'free text',
  set: 'set of values',
};
const typeWords = (field: Field) => TYPE_WORDS[field.type] ?? field.type;

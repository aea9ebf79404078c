/** What a condition is about: a field, the records of a linked dataset, or a saved segment. */

import { Info, Layers, Link2, Sigma } from 'lucide-react';
import { useMemo } from 'react';
import type { Field } from '../../api/types';
import { membership, rule, type Membership, type Related, type Rule } from '../../condition/nodes';
import { aboutLinked, HOPS_MAX } from '../../condition/related';
import { replace } from '../../condition/tree';
import { keptExtra, labelOf, onField, wayOf, type Vocabulary } from '../../condition/vocabulary';
import { number, percent, plural } from '../../parts/format';
import { Hint } from '../../parts/Hint';
import { Picker, type Choice } from '../../parts/Picker';
import { TypeIcon } from '../../parts/TypeIcon';
import { useBuilder } from './context';

type Subject = Rule | Related | Membership;

const RELATED = 'related:';
const SEGMENT = 'segment:';
const FORMULA = 'formula:';

export function SubjectPicker({ node }: { node: Subject }) {
  const { words, draft, hops, newFormula } = useBuilder();
  const choices = useChoices(words, hops < HOPS_MAX);
  const field = node.kind === 'rule' ? words.field(node.field) : undefined;
  const value = subjectOf(words, node);
  const pick = (subject: string) =>
    subject === FORMULA
      ? newFormula(node.id, words.dataset.name)
      : draft.edit((tree) => replace(tree, node.id, about(subject, node)));

  function about(subject: string, before: Subject): Subject {
    const { id, not, muted, extra } = before;
    const kept = { not, muted, extra: keptExtra(extra) };
    if (subject === value) return before;
    if (subject === SEGMENT) return { ...membership(id), ...kept };
    const way = words.linked.find((one) => wayKey(one.dataset, one.via) === subject);
    if (way) return { ...aboutLinked(id, way, draft.newId), ...kept };
    const from = before.kind === 'rule' ? before : { ...rule(id), ...kept };
    return onField(words, from, subject);
  }

  return (
    <div className="rule-field">
      <Picker
        label="Field"
        value={value}
        choices={choices}
        placeholder="Choose a field"
        search="Search fields"
        wide
        invalid={
          node.kind !== 'segment' && value !== '' && !choices.some((one) => one.value === value)
        }
        onPick={pick}
      />
      {field && (
        <Hint says={facts(field)}>
          <button
            type="button"
            className="help"
            aria-label={`About ${labelOf(field)}: ${facts(field)}`}
          >
            <Info size={15} aria-hidden />
          </button>
        </Hint>
      )}
    </div>
  );
}

const wayKey = (dataset: string, via: string) => `${RELATED}${dataset}/${via}`;

function subjectOf(words: Vocabulary, node: Subject): string {
  if (node.kind === 'segment') return SEGMENT;
  if (node.kind === 'rule') return words.field(node.field)?.name ?? node.field;
  const way = wayOf(words, node.dataset, node.via);
  return way ? wayKey(way.dataset, way.via) : node.dataset;
}

/** One list for all rows over a dataset: it is the same for each. */
const useChoices = (words: Vocabulary, mayLink: boolean): readonly Choice[] =>
  useMemo(() => {
    const linked = mayLink ? words.linked : [];
    return [
      ...words.fields.map((field) => fieldChoice(field)),
      {
        value: FORMULA,
        label: 'new formula field…',
        also: 'computed',
        icon: <Sigma size={15} className="type-icon" aria-hidden />,
        help: 'computed from others',
        section: 'Fields',
      },
      ...linked.map((way) => ({
        value: wayKey(way.dataset, way.via),
        label: way.dataset,
        also: `related records ${way.via}`,
        icon: <Link2 size={15} className="type-icon" aria-hidden />,
        help: way.ambiguous || way.via !== way.dataset ? `linked by ${way.via}` : undefined,
        aside: plural(way.records, 'record'),
        section: 'Related records',
      })),
      {
        value: SEGMENT,
        label: 'segment',
        also: 'member of segment',
        icon: <Layers size={15} className="type-icon" aria-hidden />,
        help: 'member of it, or not',
        section: 'Segments',
      },
    ];
  }, [words, mayLink]);

export const fieldChoice = (field: Field): Choice => ({
  value: field.name,
  label: labelOf(field),
  also: `${field.name} ${field.type}`,
  icon: <TypeIcon field={field} />,
  help: field.label && field.label !== field.name ? field.name : undefined,
  aside: field.key
    ? 'key'
    : field.stored === false
      ? 'computed'
      : `${percent(field.filled, 1)} filled`,
  section: 'Fields',
});

function facts(field: Field): string {
  const said = [
    field.key ? `the record's key, ${typeWords(field)}` : typeWords(field),
    `${percent(field.filled, 1)} of records have a value`,
    `${number(field.distinct)} different`,
  ];
  if (field.formula) said.push(`computed as ${field.formula}`);
  if (field.pii) said.push(`personal data (${field.pii})`);
  return `${field.name}: ${said.join(', ')}`;
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

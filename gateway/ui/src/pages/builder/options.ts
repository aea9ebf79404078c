/** The options of a condition on a field: what may be switched, and how each is said. */

import { ArrowLeftRight, CaseSensitive, Globe, SquareSlash, type LucideIcon } from 'lucide-react';
import { shown } from '../../condition/literals';
import type { Extra, Rule } from '../../condition/nodes';
import type { Vocabulary } from '../../condition/vocabulary';
import { comparable } from './values/FieldInput';

export interface Option {
  key: string;
  icon: LucideIcon;
  on: string;
  off: string;
  isOn: (extra: Extra) => boolean;
  value: (words: Vocabulary) => Extra[string];
  /** Whether it means something for a field of this rule, beyond its operator. */
  fits: (rule: Rule, words: Vocabulary) => boolean;
}

const typed = (types: readonly string[]) => (rule: Rule, words: Vocabulary) =>
  types.includes(words.field(rule.field)?.type ?? '');

export const OPTIONS: readonly Option[] = [
  {
    key: 'case_sensitive',
    icon: CaseSensitive,
    on: 'In any case: a is A',
    off: 'Only in the case as written',
    isOn: (extra) => extra.case_sensitive === false,
    value: () => false,
    fits: typed(['keyword', 'text']),
  },
  {
    key: 'nulls',
    icon: SquareSlash,
    on: 'Leave out records with no value',
    off: 'Include records with no value',
    isOn: (extra) => extra.nulls === 'exclude',
    value: () => 'exclude',
    fits: () => true,
  },
  {
    key: 'value_field',
    icon: ArrowLeftRight,
    on: 'Compare with another field',
    off: 'Compare with a value',
    isOn: (extra) => 'value_field' in extra,
    value: () => '',
    fits: (rule, words) => {
      const field = words.field(rule.field);
      return field !== undefined && comparable(field, words.fields).length > 0;
    },
  },
  {
    key: 'tz',
    icon: Globe,
    on: 'In another time zone',
    off: 'In the time zone of the dataset',
    isOn: (extra) => 'tz' in extra,
    value: (words) => words.dataset.time_zone,
    fits: typed(['date', 'timestamp']),
  },
];

export const optionsOf = (rule: Rule, words: Vocabulary): Option[] => {
  const meant = words.operator(rule.op)?.options ?? [];
  const has = (option: Option) => option.isOn(rule.extra);
  return OPTIONS.filter(
    (option) => has(option) || (meant.includes(option.key) && option.fits(rule, words)),
  );
};

/** The further keys of a rule with an option switched. */
export function switched(option: Option, extra: Extra, words: Vocabulary): Extra {
  const { [option.key]: _, ...others } = extra;
  return option.isOn(extra) ? others : { ...others, [option.key]: option.value(words) };
}

export function optionText(key: string, value: Extra[string]): string {
  if (key === 'nulls' && value === 'exclude') return 'without records that have no value';
  if (key === 'case_sensitive' && value === false) return 'in any case';
  return key === 'note' ? shown(value) : `${key.replaceAll('_', ' ')}: ${shown(value)}`;
}

/** Whether one node holds for the record that is asked about, and what the record has. */

import { Check, X } from 'lucide-react';
import type { Explained } from '../../api/types';
import { shown } from '../../condition/literals';

export type Why = Pick<Explained, 'holds' | 'value' | 'text'>;

export function WhyNote({ why: { holds, value } }: { why: Why }) {
  if (holds === undefined || holds === null) return null;
  const Icon = holds ? Check : X;
  return (
    <span className="why-note" data-holds={holds}>
      <Icon size={13} aria-hidden />
      {holds ? 'holds' : 'does not hold'}
      {value !== undefined && <>, it has {valueText(value)}</>}
    </span>
  );
}

export const valueText = (value: Explained['value']): string =>
  value === null || value === undefined
    ? 'no value'
    : Array.isArray(value)
      ? value.map(shown).join(', ') || 'an empty set'
      : typeof value === 'boolean'
        ? value
          ? 'yes'
          : 'no'
        : shown(value) || 'an empty text';

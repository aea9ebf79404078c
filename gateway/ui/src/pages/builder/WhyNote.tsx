/** Whether one node holds for the record that is asked about, and what the record has. */

import { Check, X } from 'lucide-react';
import type { Explained } from '../../api/types';
import { shown } from '../../condition/literals';
import { moment } from '../../parts/format';

export type Why = Pick<Explained, 'holds' | 'value' | 'text'>;

export function WhyNote({ why: { holds, value }, zone }: { why: Why; zone: string }) {
  if (holds === undefined || holds === null) return null;
  const Icon = holds ? Check : X;
  return (
    <span className="why-note" data-holds={holds}>
      <Icon size={13} aria-hidden />
      {holds ? 'holds' : 'does not hold'}
      {value !== undefined && <>, it has {valueText(value, zone)}</>}
    </span>
  );
}

const INSTANT = /^\d{4}-\d\d-\d\dT.*Z$/;

export function valueText(value: Explained['value'], zone: string): string {
  if (value === null || value === undefined) return 'no value';
  if (Array.isArray(value)) return value.map(shown).join(', ') || 'an empty set';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const text = shown(value);
  return INSTANT.test(text) ? moment(text, zone) : text || 'an empty text';
}

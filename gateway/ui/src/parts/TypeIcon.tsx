/** The type of a field as a small picture; the word is there for screen readers and on hover. */

import {
  CalendarDays,
  Clock,
  Hash,
  KeyRound,
  Tags,
  TextQuote,
  ToggleLeft,
  Type,
  type LucideIcon,
} from 'lucide-react';
import type { Field } from '../api/types';

const ICONS: Record<string, LucideIcon> = {
  bool: ToggleLeft,
  int: Hash,
  decimal: Hash,
  float: Hash,
  date: CalendarDays,
  timestamp: Clock,
  keyword: Type,
  text: TextQuote,
  set: Tags,
};

export function TypeIcon({
  field,
  size = 15,
}: {
  field: Pick<Field, 'type' | 'key'>;
  size?: number;
}) {
  const Icon = field.key ? KeyRound : (ICONS[field.type] ?? Type);
  return <Icon className="type-icon" size={size} aria-hidden />;
}

/** A quiet line that explains something; the tone says how much it matters. */

import { CircleAlert, Clock3, Info, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import './notice.css';

type Tone = 'info' | 'clock' | 'bad';
const ICONS: Record<Tone, LucideIcon> = { info: Info, clock: Clock3, bad: CircleAlert };

export function Notice({ tone = 'info', children }: { tone?: Tone; children: ReactNode }) {
  const Icon = ICONS[tone];
  return (
    <div className="notice" data-tone={tone} role={tone === 'bad' ? 'alert' : 'note'}>
      <Icon size={16} aria-hidden />
      <div>{children}</div>
    </div>
  );
}

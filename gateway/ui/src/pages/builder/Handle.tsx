/** The grip of a row: dragged with a pointer, walked and commanded with keys. */

import { GripVertical } from 'lucide-react';
import type { Ref } from 'react';
import { useBuilder } from './context';

export const KEYS_ID = 'builder-keys';

export function Handle({
  id,
  what,
  ref,
}: {
  id: string;
  what: string;
  ref: Ref<HTMLButtonElement>;
}) {
  const { onHandleKey } = useBuilder();
  return (
    <button
      ref={ref}
      type="button"
      className="handle"
      data-handle={id}
      aria-label={`Move ${what}`}
      aria-describedby={KEYS_ID}
      title="Drag to move, or use the keys: ? lists them"
      onKeyDown={(event) => onHandleKey(event, id)}
    >
      <GripVertical size={15} aria-hidden />
    </button>
  );
}

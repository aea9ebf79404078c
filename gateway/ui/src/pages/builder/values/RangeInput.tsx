/** Two literals with both ends included. */

import type { Json } from '../../../condition/json';
import type { ScalarProps } from './props';
import { ScalarInput } from './ScalarInput';

export function RangeInput({ field, type, label, value, set }: ScalarProps) {
  const [low = '', high = ''] = Array.isArray(value) ? value : [];
  const end = (one: Json) => (one === '' ? undefined : one);
  const both = (from: Json | undefined, to: Json | undefined, place?: string) =>
    set(from === undefined && to === undefined ? undefined : [from ?? '', to ?? ''], place);
  return (
    <div className="value value-range">
      <ScalarInput
        {...{ field, type }}
        label={`${label}, from`}
        value={end(low)}
        place="/low"
        set={(one, place) => both(one, end(high), place)}
      />
      <span>and</span>
      <ScalarInput
        {...{ field, type }}
        label={`${label}, to`}
        value={end(high)}
        place="/high"
        set={(one, place) => both(end(low), one, place)}
      />
    </div>
  );
}

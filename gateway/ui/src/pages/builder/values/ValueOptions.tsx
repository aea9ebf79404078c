/** Values to choose from, each with how many records have it. */

import { Combobox } from '@mantine/core';
import { useId } from 'react';
import type { ValueCount } from '../../../api/types';
import { shown } from '../../../condition/literals';
import { number, plural } from '../../../parts/format';
import type { Found } from './useValues';

interface Props {
  found: Found;
  without?: ReadonlySet<string>;
  typed: string;
  label: string;
}

export function ValueOptions({ found, without, typed, label }: Props) {
  if (!found) return <Combobox.Empty>Looking…</Combobox.Empty>;
  if (found instanceof Error)
    return <Combobox.Empty>Values can’t be listed: type one</Combobox.Empty>;
  const items = found.items.filter((item) => !without?.has(shown(item.value)));
  return (
    <>
      {items.length > 0 ? (
        <Items items={items} label={label} />
      ) : (
        <Combobox.Empty>{typed ? 'No record has such a value' : 'No more values'}</Combobox.Empty>
      )}
      {found.null > 0 && (
        <Combobox.Footer>
          <span className="choice-help">{plural(found.null, 'record')} without a value</span>
        </Combobox.Footer>
      )}
    </>
  );
}

function Items({ items, label }: { items: ValueCount[]; label: string }) {
  const id = useId();
  return (
    <Combobox.Options
      id={id}
      mah={300}
      className="picker-list"
      aria-label={`${label}: suggestions`}
    >
      {items.map((item) => {
        const value = shown(item.value);
        return (
          <Combobox.Option key={value} value={value}>
            <span className="choice">
              <span className="choice-text">
                <span className="choice-label">{item.label ?? (value || '(empty)')}</span>
                {item.label && <span className="choice-help">{value}</span>}
              </span>
              <span className="choice-aside">{number(item.count)}</span>
            </span>
          </Combobox.Option>
        );
      })}
    </Combobox.Options>
  );
}

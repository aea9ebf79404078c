/** Any number of values as pills: chosen with counts, typed, or pasted one per line. */

import { Combobox, Pill, PillsInput, useCombobox } from '@mantine/core';
import { useState, type ClipboardEvent, type KeyboardEvent } from 'react';
import type { Json } from '../../../condition/json';
import { shown } from '../../../condition/literals';
import { number } from '../../../parts/format';
import type { ScalarProps } from './props';
import { useValues } from './useValues';
import { ValueOptions } from './ValueOptions';

const PILLS_SHOWN_MAX = 24;

export function ListInput({ field, label, value, set }: ScalarProps) {
  const [typed, type] = useState('');
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const found = useValues(field, typed, combobox.dropdownOpened);
  const chosen = Array.isArray(value) ? value : [];
  const have = new Set(chosen.map(shown));
  const put = (next: Json[]) => set(next.length ? next : undefined);
  const add = (texts: string[]) => {
    type('');
    put([...chosen, ...new Set(texts.filter((text) => text !== '' && !have.has(text)))]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const free = combobox.getSelectedOptionIndex() === -1 && typed.trim();
    if (event.key === 'Enter' && free) {
      event.preventDefault();
      add([typed.trim()]);
    }
    if (event.key === 'Backspace' && !typed && chosen.length) put(chosen.slice(0, -1));
  };
  const onPaste = (event: ClipboardEvent) => {
    const lines = event.clipboardData
      .getData('text')
      .split(/[\r\n\t]+/)
      .map((line) => line.trim());
    if (lines.length > 1) {
      event.preventDefault();
      add(lines);
    }
  };
  return (
    <Combobox
      store={combobox}
      shadow="md"
      transitionProps={{ duration: 80 }}
      width={280}
      position="bottom-start"
      onOptionSubmit={(one) => {
        add([one]);
        combobox.resetSelectedOption();
      }}
    >
      <Combobox.DropdownTarget>
        <PillsInput className="value value-list" onClick={() => combobox.openDropdown()}>
          <Pill.Group>
            <Pills values={chosen} drop={(gone) => put(chosen.filter((one) => one !== gone))} />
            <Combobox.EventsTarget withExpandedAttribute>
              <PillsInput.Field
                aria-label={label}
                value={typed}
                placeholder={chosen.length ? undefined : 'Choose values'}
                onFocus={() => combobox.openDropdown()}
                onBlur={() => combobox.closeDropdown()}
                onChange={(event) => {
                  type(event.currentTarget.value);
                  combobox.openDropdown();
                  combobox.resetSelectedOption();
                }}
                onKeyDown={onKeyDown}
                onPaste={onPaste}
              />
            </Combobox.EventsTarget>
          </Pill.Group>
        </PillsInput>
      </Combobox.DropdownTarget>
      <Combobox.Dropdown hidden={field.type === 'text'}>
        {combobox.dropdownOpened && (
          <ValueOptions found={found} without={have} typed={typed} label={label} />
        )}
      </Combobox.Dropdown>
    </Combobox>
  );
}

function Pills({ values, drop }: { values: Json[]; drop: (value: Json) => void }) {
  const hidden = values.length - PILLS_SHOWN_MAX;
  return (
    <>
      {values.slice(0, PILLS_SHOWN_MAX).map((value) => (
        <Pill
          key={shown(value)}
          withRemoveButton
          onRemove={() => drop(value)}
          removeButtonProps={{ 'aria-label': `Remove ${shown(value)}`, 'aria-hidden': false }}
        >
          {shown(value) || '(empty)'}
        </Pill>
      ))}
      {hidden > 0 && <span className="choice-aside">and {number(hidden)} more</span>}
    </>
  );
}

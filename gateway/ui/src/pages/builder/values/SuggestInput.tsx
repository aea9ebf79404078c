/** One text value, typed or taken from the suggestions. */

import { Combobox, TextInput, useCombobox } from '@mantine/core';
import { shown } from '../../../condition/literals';
import type { ScalarProps } from './props';
import { useValues } from './useValues';
import { ValueOptions } from './ValueOptions';

export function SuggestInput({ field, label, value, set, place = '' }: ScalarProps) {
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const typed = shown(value);
  const found = useValues(field, typed, combobox.dropdownOpened);
  return (
    <Combobox
      store={combobox}
      shadow="md"
      transitionProps={{ duration: 80 }}
      width={280}
      position="bottom-start"
      onOptionSubmit={(one) => {
        set(one);
        combobox.closeDropdown();
      }}
    >
      <Combobox.Target withExpandedAttribute>
        <TextInput
          className="value"
          aria-label={label}
          value={typed}
          placeholder="Type or choose a value"
          autoComplete="off"
          onFocus={() => combobox.openDropdown()}
          onClick={() => combobox.openDropdown()}
          onBlur={() => combobox.closeDropdown()}
          onChange={(event) => {
            set(event.currentTarget.value || undefined, place);
            combobox.openDropdown();
            combobox.resetSelectedOption();
          }}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={field.type === 'text'}>
        {combobox.dropdownOpened && <ValueOptions found={found} typed={typed} label={label} />}
      </Combobox.Dropdown>
    </Combobox>
  );
}

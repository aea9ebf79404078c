/** A button that opens a list to choose from, with a search box when asked for. */

import { Combobox, useCombobox } from '@mantine/core';
import { ChevronsUpDown } from 'lucide-react';
import { useEffect, useId, useMemo, useReducer, useState, type ReactNode } from 'react';
import './picker.css';

export interface Choice {
  value: string;
  label: string;
  /** More text to search in, beside the label. */
  also?: string;
  icon?: ReactNode;
  /** A second line. */
  help?: string;
  /** At the right edge. */
  aside?: ReactNode;
  /** Choices of one section stand together under its name. */
  section?: string;
}

interface Props {
  label: string;
  value: string;
  choices: readonly Choice[];
  onPick: (value: string) => void;
  placeholder?: string;
  search?: string;
  className?: string;
  wide?: boolean;
  invalid?: boolean;
}

const CHOICES_SHOWN_MAX = 200;

export function Picker({
  label,
  value,
  choices,
  onPick,
  placeholder = 'Choose',
  search,
  className = '',
  wide,
  invalid,
}: Props) {
  const [sought, seek] = useState('');
  // The button names the list it controls, and can do so only once the list is there.
  const [, listed] = useReducer((times: number) => times + 1, 0);
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      seek('');
    },
    onDropdownOpen: (by) => {
      if (search !== undefined) combobox.focusSearchInput();
      if (by === 'keyboard' || search === undefined) combobox.selectActiveOption();
    },
  });
  const chosen = choices.find((choice) => choice.value === value);
  const text = chosen?.label ?? (value || placeholder);
  return (
    <Combobox
      store={combobox}
      shadow="md"
      width={wide ? 340 : 'target'}
      position="bottom-start"
      transitionProps={{ duration: 80 }}
      onOptionSubmit={(next) => {
        onPick(next);
        combobox.closeDropdown();
        combobox.focusTarget();
      }}
    >
      <Combobox.Target targetType="button" withExpandedAttribute>
        <button
          type="button"
          className={`picker ${className}`}
          data-empty={!value || undefined}
          data-invalid={invalid || undefined}
          role="combobox"
          aria-label={label}
          onClick={() => combobox.toggleDropdown()}
        >
          {chosen?.icon}
          <span className="picker-text">{text}</span>
          <ChevronsUpDown size={14} className="picker-mark" aria-hidden />
        </button>
      </Combobox.Target>
      <Combobox.Dropdown>
        {combobox.dropdownOpened && (
          <Choices
            {...{ choices, value, sought, search, label, seek, listed }}
            first={combobox.selectFirstOption}
          />
        )}
      </Combobox.Dropdown>
    </Combobox>
  );
}

interface ListProps extends Pick<Props, 'choices' | 'value' | 'search' | 'label'> {
  sought: string;
  seek: (text: string) => void;
  first: () => void;
  listed: () => void;
}

function Choices({ choices, value, sought, search, label, seek, first, listed }: ListProps) {
  const id = useId();
  useEffect(listed, [listed]);
  const found = useMemo(() => matching(choices, sought), [choices, sought]);
  return (
    <>
      {search !== undefined && (
        <Combobox.Search
          value={sought}
          placeholder={search}
          aria-label={search}
          onChange={(event) => {
            seek(event.currentTarget.value);
            requestAnimationFrame(first);
          }}
        />
      )}
      <Combobox.Options id={id} mah={340} className="picker-list" aria-label={label}>
        {sections(found).map(([name, members]) =>
          name === undefined ? (
            members.map((choice) => option(choice, value))
          ) : (
            <Combobox.Group key={name} label={name}>
              {members.map((choice) => option(choice, value))}
            </Combobox.Group>
          ),
        )}
      </Combobox.Options>
      {!found.length && <Combobox.Empty>Nothing found</Combobox.Empty>}
    </>
  );
}

const option = (choice: Choice, value: string) => (
  <Combobox.Option key={choice.value} value={choice.value} active={choice.value === value}>
    <span className="choice">
      {choice.icon}
      <span className="choice-text">
        <span className="choice-label">{choice.label}</span>
        {choice.help && <span className="choice-help">{choice.help}</span>}
      </span>
      {choice.aside && <span className="choice-aside">{choice.aside}</span>}
    </span>
  </Combobox.Option>
);

/** Choices by section, in the order in which the sections first appear. */
function sections(choices: readonly Choice[]): [string | undefined, Choice[]][] {
  const found = new Map<string | undefined, Choice[]>();
  for (const choice of choices) {
    const members = found.get(choice.section);
    if (members) members.push(choice);
    else found.set(choice.section, [choice]);
  }
  return [...found];
}

/** Choices with every sought word in them, those that start with it first. */
export function matching(choices: readonly Choice[], sought: string): readonly Choice[] {
  const terms = sought.toLowerCase().split(/\s+/).filter(Boolean);
  const text = (choice: Choice) => `${choice.label} ${choice.also ?? ''}`.toLowerCase();
  const found = terms.length
    ? choices.filter((choice) => terms.every((term) => text(choice).includes(term)))
    : choices;
  const starts = (choice: Choice) => (text(choice).startsWith(terms[0] ?? '') ? 0 : 1);
  return found.toSorted((one, two) => starts(one) - starts(two)).slice(0, CHOICES_SHOWN_MAX);
}

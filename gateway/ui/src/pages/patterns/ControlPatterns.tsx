/** Controls and the lists they open. */

import { Combobox, useCombobox } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { shoppers } from '../../condition/fixtures';
import { Picker } from '../../parts/Picker';
import { Toggle } from '../../parts/Toggle';
import { TypeIcon } from '../../parts/TypeIcon';
import { CountView } from '../builder/CountBadge';
import { ValueOptions } from '../builder/values/ValueOptions';
import { Pattern, Section } from './Pattern';

const CHOICES = shoppers.fields.map((field) => ({
  value: field.name,
  label: field.name,
  icon: <TypeIcon field={field} />,
}));
const ANSWERS = [
  { value: 'yes', label: 'Yes' },
  { value: 'no', label: 'No' },
] as const;
const FOUND = {
  null: 1_668,
  items: [
    { value: 'CA', count: 59_715 },
    { value: 'TX', count: 45_005 },
    { value: 'NY', label: 'New York', count: 37_349 },
  ],
};

export function ControlPatterns() {
  const [field, pick] = useState('state');
  const [answer, say] = useState<'yes' | 'no'>('yes');
  return (
    <Section title="Controls">
      <Pattern name="picker: chosen">
        <Picker
          label="Field"
          value={field}
          choices={CHOICES}
          onPick={pick}
          search="Search fields"
        />
      </Pattern>
      <Pattern name="picker: nothing chosen">
        <Picker
          label="Field, not chosen"
          value=""
          choices={CHOICES}
          onPick={pick}
          placeholder="Choose a field"
        />
      </Pattern>
      <Pattern name="picker: gone">
        <Picker label="Field, gone" value="gone" choices={CHOICES} onPick={pick} invalid />
      </Pattern>
      <Pattern name="toggle">
        <Toggle label="Answer" choices={ANSWERS} value={answer} onPick={say} />
      </Pattern>
      <Pattern name="values: looking">
        <Options>
          <ValueOptions found={undefined} typed="" label="looking" />
        </Options>
      </Pattern>
      <Pattern name="values: found">
        <Options>
          <ValueOptions found={FOUND} typed="" label="found" />
        </Options>
      </Pattern>
      <Pattern name="values: none">
        <Options>
          <ValueOptions found={{ items: [], null: 0 }} typed="zz" label="none" />
        </Options>
      </Pattern>
      <Pattern name="values: failed">
        <Options>
          <ValueOptions found={new Error('gone')} typed="" label="failed" />
        </Options>
      </Pattern>
      <Pattern name="count: not known, none, some, all, muted">
        <CountView id="p1" muted={false} count={undefined} total={0} />
        <CountView id="p2" muted={false} count={0} total={250_000} />
        <CountView id="p3" muted={false} count={6_924} total={250_000} />
        <CountView id="p4" muted={false} count={250_000} total={250_000} />
        <CountView id="p5" muted count={undefined} total={250_000} />
      </Pattern>
    </Section>
  );
}

/** The inside of an open list, without what opens it. */
function Options({ children }: { children: ReactNode }) {
  return (
    <div className="pattern-options">
      <Combobox store={useCombobox()}>{children}</Combobox>
    </div>
  );
}

/** Ctrl K: every page, every dataset, and what the open page can do. */

import {
  Spotlight,
  type SpotlightActionData,
  type SpotlightActionGroupData,
} from '@mantine/spotlight';
import { Database, Keyboard, SunMoon, type LucideIcon } from 'lucide-react';
import { useLocation } from 'wouter';
import { useDatasets } from '../api/queries';
import { plural } from '../parts/format';
import { pathOf } from '../pages/builder/paths';
import { useStore } from '../store';
import { PAGES } from './Nav';
import { useServices, type Command } from './services';
import { useScheme } from './useScheme';

const icon = (Icon: LucideIcon) => <Icon size={16} aria-hidden />;
const asAction = (command: Command, group: string): SpotlightActionData => ({
  id: `${group}/${command.name}`,
  label: command.name,
  description: command.hint,
  leftSection: icon(command.icon),
  onClick: command.run,
});

export function Palette({ onKeys }: { onKeys: () => void }) {
  const [, go] = useLocation();
  const { flip } = useScheme();
  const { data = [] } = useDatasets();
  const { commands } = useServices();
  const here = useStore(commands, (all) => all);
  const groups: [string, Command[]][] = [
    ['This condition', [...here]],
    [
      'Build on',
      data.map((dataset) => ({
        name: dataset.name,
        hint: plural(dataset.records, 'record'),
        icon: Database,
        run: () => go(pathOf(dataset.name)),
      })),
    ],
    ['Go to', PAGES.map((page) => ({ name: page.label, icon: page.icon, run: () => go(page.to) }))],
    [
      'Page',
      [
        { name: 'Light or dark', icon: SunMoon, run: flip },
        { name: 'List of keys', icon: Keyboard, run: onKeys },
      ],
    ],
  ];
  const actions: SpotlightActionGroupData[] = groups
    .filter(([, all]) => all.length)
    .map(([group, all]) => ({ group, actions: all.map((command) => asAction(command, group)) }));
  return (
    <Spotlight
      shortcut="mod+K"
      tagsToIgnore={[]}
      highlightQuery
      maxHeight={420}
      scrollable
      nothingFound="Nothing found"
      actions={actions}
      transitionProps={{ duration: 80 }}
      searchProps={{
        placeholder: 'Find a dataset, a page or something to do',
        'aria-label': 'Find or do anything',
      }}
    />
  );
}

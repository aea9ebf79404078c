/** Undo, redo, and the condition as JSON or as a link. */

import { ActionIcon, Menu, Tooltip } from '@mantine/core';
import { MoreHorizontal, Redo2, Undo2, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { useStore } from '../../store';
import { useBuilder } from './context';
import type { PageCommand } from './commands';

export function Toolbar({ commands }: { commands: readonly PageCommand[] }) {
  const { draft } = useBuilder();
  const past = useStore(draft.history, (history) => history.past.length > 0);
  const future = useStore(draft.history, (history) => history.future.length > 0);
  return (
    <div className="toolbar">
      <Tool
        label="Undo"
        says={
          <>
            Undo <kbd>Ctrl Z</kbd>
          </>
        }
        icon={Undo2}
        disabled={!past}
        onClick={draft.undo}
      />
      <Tool
        label="Redo"
        says={
          <>
            Redo <kbd>Ctrl Shift Z</kbd>
          </>
        }
        icon={Redo2}
        disabled={!future}
        onClick={draft.redo}
      />
      <Menu position="bottom-end" shadow="md" transitionProps={{ duration: 80 }} width={220}>
        <Menu.Target>
          <ActionIcon variant="default" size="lg" aria-label="More for this condition">
            <MoreHorizontal size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {commands.map((command) => (
            <Menu.Item
              key={command.name}
              leftSection={<command.icon size={15} aria-hidden />}
              onClick={command.run}
            >
              {command.name}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

function Tool({
  label,
  says,
  icon: Icon,
  disabled,
  onClick,
}: {
  label: string;
  says: ReactNode;
  icon: LucideIcon;
  disabled: boolean;
  onClick: () => void;
}) {
  return (
    <Tooltip label={says}>
      <ActionIcon
        variant="default"
        size="lg"
        aria-label={label}
        disabled={disabled}
        onClick={onClick}
      >
        <Icon size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}

/** A row's menu: all that the keys can do, for a pointer or a finger. */

import { ActionIcon, Menu } from '@mantine/core';
import { Ellipsis } from 'lucide-react';
import type { Node } from '../../condition/nodes';
import { patchRule } from '../../condition/tree';
import { ACTIONS } from './actions';
import { useBuilder } from './context';
import { optionsOf, switched } from './options';

export function NodeMenu({ node, what }: { node: Node; what: string }) {
  const { act } = useBuilder();
  return (
    <Menu position="bottom-end" shadow="md" transitionProps={{ duration: 80 }} width={250}>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`Actions for ${what}`}
          className="node-menu"
        >
          <Ellipsis size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {ACTIONS.filter((action) => action.fits?.(node) ?? true).map((action) => (
          <Menu.Item
            key={action.name}
            className={action.danger ? 'danger' : undefined}
            leftSection={<action.icon size={15} aria-hidden />}
            rightSection={<kbd aria-hidden>{action.shown}</kbd>}
            onClick={() => act(action, node.id)}
          >
            {action.label(node)}
          </Menu.Item>
        ))}
        <Options node={node} />
      </Menu.Dropdown>
    </Menu>
  );
}

function Options({ node }: { node: Node }) {
  const { draft, words } = useBuilder();
  const options = node.kind === 'rule' ? optionsOf(node, words) : [];
  if (!options.length) return null;
  return (
    <>
      <Menu.Divider />
      {options.map((option) => {
        const text = option.isOn(node.extra) ? option.off : option.on;
        const extra = switched(option, node.extra, words);
        return (
          <Menu.Item
            key={option.key}
            leftSection={<option.icon size={15} aria-hidden />}
            onClick={() => draft.edit((tree) => patchRule(tree, node.id, { extra }), text)}
          >
            {text}
          </Menu.Item>
        );
      })}
    </>
  );
}

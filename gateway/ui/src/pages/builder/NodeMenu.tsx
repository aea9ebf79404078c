/** A row's menu: all that the keys can do, for a pointer or a finger. */

import { ActionIcon, Menu } from '@mantine/core';
import { Ellipsis, SquareSlash } from 'lucide-react';
import { patchRule, type Node } from '../../condition/tree';
import { ACTIONS } from './actions';
import { useBuilder } from './context';

export function NodeMenu({ node, what }: { node: Node; what: string }) {
  const { act } = useBuilder();
  return (
    <Menu position="bottom-end" shadow="md" transitionProps={{ duration: 80 }} width={230}>
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
        <MissingChoice node={node} />
      </Menu.Dropdown>
    </Menu>
  );
}

/** Negative operators include records without a value: here that can be switched off. */
function MissingChoice({ node }: { node: Node }) {
  const { draft, words } = useBuilder();
  if (node.kind !== 'rule' || !words.operator(node.op)?.negative) return null;
  const excluded = node.extra.nulls === 'exclude';
  const { nulls: _, ...others } = node.extra;
  const extra = excluded ? others : { ...others, nulls: 'exclude' };
  return (
    <>
      <Menu.Divider />
      <Menu.Item
        leftSection={<SquareSlash size={15} aria-hidden />}
        onClick={() =>
          draft.edit(
            (tree) => patchRule(tree, node.id, { extra }),
            excluded ? 'Records with no value are included' : 'Records with no value are left out',
          )
        }
      >
        {excluded ? 'Include records with no value' : 'Leave out records with no value'}
      </Menu.Item>
    </>
  );
}

/** Which records of another dataset are meant: a tree of its own over their fields. */

import { Button } from '@mantine/core';
import { Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Group } from '../../condition/nodes';
import { useBuilder } from './context';
import { GroupBox } from './GroupBox';

interface Props {
  where: Group;
  depth: number;
  /** What no condition at all means, in words. */
  every: string;
  head?: ReactNode;
}

export function WhereBox({ where, depth, every, head }: Props) {
  const { add } = useBuilder();
  if (where.children.length || where.not || where.join === 'any')
    return (
      <GroupBox
        node={where}
        index={0}
        parent={null}
        depth={depth + 1}
        head={head ?? <span className="where-word">where</span>}
      />
    );
  return (
    <div className="where-every">
      {head}
      <span className="where-word">{every}</span>
      <Button
        size="compact-sm"
        variant="light"
        leftSection={<Plus size={14} aria-hidden />}
        onClick={() => add(where.id, 'rule')}
      >
        Only those where…
      </Button>
    </div>
  );
}

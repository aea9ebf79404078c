/** A condition that nothing here can edit, shown as it is written; it counts like any other. */

import { Button } from '@mantine/core';
import { Braces } from 'lucide-react';
import { memo } from 'react';
import type { Raw } from '../../condition/nodes';
import { useBuilder } from './context';
import { Row } from './Row';

interface Props {
  node: Raw;
  index: number;
  parent: string;
}

export const RawRow = memo(function RawRow({ node, index, parent }: Props) {
  const { editRaw } = useBuilder();
  return (
    <Row {...{ node, index, parent }} what="condition as JSON">
      <code className="raw-json">{JSON.stringify(node.json)}</code>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<Braces size={14} aria-hidden />}
        onClick={() => editRaw(node.id)}
      >
        Edit
      </Button>
    </Row>
  );
});

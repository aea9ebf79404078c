/** A tooltip in the one manner that all of the page uses: hover, focus and touch. */

import { Tooltip } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';

const EVENTS = { hover: true, focus: true, touch: true };

export const Hint = ({ says, children }: { says: ReactNode; children: ReactElement }) => (
  <Tooltip label={says} multiline maw={280} events={EVENTS} openDelay={300}>
    {children}
  </Tooltip>
);

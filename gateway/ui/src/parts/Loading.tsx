/** Where something will be: its place is held, and said to be loading. */

import { Skeleton } from '@mantine/core';

export const Loading = ({ height }: { height: number }) => (
  <div role="status" aria-label="Loading">
    <Skeleton h={height} radius="lg" />
  </div>
);

/** One thing to say in the middle of the page: not signed in, not there, nothing yet. */

import { Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Mark } from './Mark';
import './full-page.css';

interface Props {
  title: string;
  level?: 1 | 3;
  children: ReactNode;
}

export function FullPage({ title, level = 1, children }: Props) {
  return (
    <div className="full-page">
      <Mark size={40} />
      <Title order={level} size="h3">
        {title}
      </Title>
      <div className="full-page-text">{children}</div>
    </div>
  );
}

/** The pages there are. */

import { NavLink } from '@mantine/core';
import { Database, Filter, Layers } from 'lucide-react';
import { Link, useLocation } from 'wouter';

export const PAGES = [
  { to: '/build', label: 'Builder', icon: Filter },
  { to: '/segments', label: 'Segments', icon: Layers },
  { to: '/datasets', label: 'Datasets', icon: Database },
];

export function Nav() {
  const [path] = useLocation();
  return (
    <nav aria-label="Pages">
      {PAGES.map((page) => (
        <NavLink
          key={page.to}
          component={Link}
          href={page.to}
          label={page.label}
          active={path.startsWith(page.to)}
          aria-current={path.startsWith(page.to) ? 'page' : undefined}
          leftSection={<page.icon size={16} aria-hidden />}
        />
      ))}
    </nav>
  );
}

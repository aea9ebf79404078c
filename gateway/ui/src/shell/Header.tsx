/** The bar on top: name, palette, key list, light or dark. */

import { ActionIcon, AppShell, Burger, Tooltip } from '@mantine/core';
import { openSpotlight } from '@mantine/spotlight';
import { Keyboard, Moon, Search, Sun } from 'lucide-react';
import { Link } from 'wouter';
import { Mark } from '../parts/Mark';
import { useScheme } from './useScheme';

interface Props {
  menuOpen: boolean;
  onMenu: () => void;
  onKeys: () => void;
}

export function Header({ menuOpen, onMenu, onKeys }: Props) {
  const { scheme, flip } = useScheme();
  return (
    <AppShell.Header>
      <div className="header">
        <Burger opened={menuOpen} onClick={onMenu} hiddenFrom="sm" size="sm" aria-label="Menu" />
        <Link href="/" className="brand">
          <Mark />
          Cardinal
        </Link>
        <span className="grow" />
        <button type="button" className="searchbox" onClick={openSpotlight}>
          <Search size={14} aria-hidden />
          <span>Find or do anything</span>
          <kbd>Ctrl K</kbd>
        </button>
        <Tooltip
          label={
            <>
              Keys <kbd>?</kbd>
            </>
          }
        >
          <ActionIcon
            variant="default"
            size="lg"
            aria-label="List of keys"
            onClick={onKeys}
            visibleFrom="sm"
          >
            <Keyboard size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <Tooltip
          label={
            <>
              Light or dark <kbd>Ctrl J</kbd>
            </>
          }
        >
          <ActionIcon
            variant="default"
            size="lg"
            aria-label="Switch between light and dark"
            onClick={flip}
          >
            {scheme === 'dark' ? <Sun size={16} aria-hidden /> : <Moon size={16} aria-hidden />}
          </ActionIcon>
        </Tooltip>
      </div>
    </AppShell.Header>
  );
}

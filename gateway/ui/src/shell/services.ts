/** What pages need of the application: the live connection, settings, and a place for commands. */

import { createContext, useContext, useEffect } from 'react';
import type { LucideIcon } from 'lucide-react';
import type { Live } from '../api/live';
import { createStore, type Store } from '../store';
import { openSettings, type Settings } from './settings';

export interface Command {
  name: string;
  icon: LucideIcon;
  run: () => void;
  hint?: string;
}

export interface Services {
  live: Live;
  settings: Settings;
  kept: Storage;
  /** The commands of the page that is open, for the palette. */
  commands: Store<readonly Command[]>;
  newId: () => string;
}

export function createServices(live: Live, kept: Storage): Services {
  let last = 0;
  return {
    live,
    kept,
    settings: openSettings(kept),
    commands: createStore<readonly Command[]>([]),
    newId: () => `n${(last += 1)}`,
  };
}

const Context = createContext<Services | null>(null);
export const ServicesProvider = Context.Provider;

export function useServices(): Services {
  const services = useContext(Context);
  if (!services) throw new Error('a page is outside of the application');
  return services;
}

/** Offers a page's commands in the palette while the page is open. */
export function useCommands(commands: readonly Command[]): void {
  const services = useServices();
  useEffect(() => {
    services.commands.set(commands);
    return () => services.commands.set([]);
  }, [services, commands]);
}

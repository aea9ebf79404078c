/** The frame around every page: header, navigation, routes, palette and key list. */

import { AppShell } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { lazy, Suspense, useEffect } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import { FullPage } from '../parts/FullPage';
import { BuilderHome, BuilderPage } from '../pages/builder/BuilderPage';
import { DatasetsPage } from '../pages/datasets/DatasetsPage';
import { SegmentsPage } from '../pages/segments/SegmentsPage';
import { Gate } from './Gate';
import { Header } from './Header';
import { KeysDialog } from './KeysDialog';
import { Nav } from './Nav';
import { OfflineBanner } from './OfflineBanner';
import { Palette } from './Palette';
import { useScheme } from './useScheme';
import './shell.css';

const Patterns = lazy(() =>
  import('../pages/patterns/PatternsPage').then((page) => ({ default: page.PatternsPage })),
);

export function App() {
  const [menuOpen, menu] = useDisclosure();
  const [keysOpen, keys] = useDisclosure();
  const { flip } = useScheme();
  const [path] = useLocation();
  useEffect(menu.close, [path, menu.close]);
  useHotkeys([
    ['mod+J', flip],
    ['?', keys.open],
    ['shift+?', keys.open],
  ]);
  return (
    <Gate>
      <AppShell
        header={{ height: 52 }}
        padding={{ base: 'sm', sm: 'lg' }}
        navbar={{ width: 184, breakpoint: 'sm', collapsed: { mobile: !menuOpen } }}
      >
        <Header menuOpen={menuOpen} onMenu={menu.toggle} onKeys={keys.open} />
        <AppShell.Navbar p="xs">
          <Nav />
        </AppShell.Navbar>
        <AppShell.Main>
          <OfflineBanner />
          <Suspense>
            <Pages />
          </Suspense>
        </AppShell.Main>
        <Palette onKeys={keys.open} />
        <KeysDialog opened={keysOpen} onClose={keys.close} />
      </AppShell>
    </Gate>
  );
}

const Pages = () => (
  <Switch>
    <Route path="/">
      <BuilderHome />
    </Route>
    <Route path="/build">
      <BuilderHome />
    </Route>
    <Route path="/build/:dataset">
      {({ dataset }) => <BuilderPage name={decodeURIComponent(dataset)} />}
    </Route>
    <Route path="/segments">
      <SegmentsPage />
    </Route>
    <Route path="/datasets">
      <DatasetsPage />
    </Route>
    <Route path="/patterns">
      <Patterns />
    </Route>
    <Route>
      <FullPage title="There is no such page">
        Use the menu, or press <kbd>Ctrl K</kbd>.
      </FullPage>
    </Route>
  </Switch>
);

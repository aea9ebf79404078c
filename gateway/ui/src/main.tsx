/** Puts the parts together: the only place that reaches for the browser's own objects. */

import '@fontsource-variable/inter/wght.css';
import '@mantine/core/styles.css';
import '@mantine/spotlight/styles.css';
import './tokens.css';
import './base.css';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError, getSession, liveTicket, UNAUTHORIZED } from './api/api';
import { browserWorld, Live } from './api/live';
import { App } from './shell/App';
import { createServices, ServicesProvider } from './shell/services';
import { cssVariables, theme } from './theme';

const STALE_AFTER_MS = 30_000;

const client = new QueryClient({
  defaultOptions: { queries: { staleTime: STALE_AFTER_MS, refetchOnWindowFocus: false, retry: 1 } },
});

/** A session that has ended: the page asks who is there again, and says what to do. */
function signedOut(fault: unknown): never {
  const ended = fault instanceof ApiError && fault.status === UNAUTHORIZED;
  if (ended) void client.resetQueries({ queryKey: ['session'] });
  throw fault;
}

/** A ticket for the socket, or none where nobody has to sign in. */
async function ticket(): Promise<string | null> {
  const session = await client.fetchQuery({
    queryKey: ['session'],
    queryFn: () => getSession(),
    staleTime: Infinity,
  });
  return session.auth ? liveTicket().catch(signedOut) : null;
}

const services = createServices(new Live(browserWorld(ticket)), window.localStorage);

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={client}>
        <ServicesProvider value={services}>
          <App />
        </ServicesProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);

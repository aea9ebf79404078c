/** Lets people in who are signed in, and tells the others how to. */

import { Button, Loader } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { ApiError, UNAUTHORIZED } from '../api/api';
import { useSession } from '../api/queries';
import { FullPage } from '../parts/FullPage';
import { useServices } from './services';

export function Gate({ children }: { children: ReactNode }) {
  const { live } = useServices();
  const session = useSession();
  const isIn = session.data !== undefined;
  useEffect(() => {
    if (isIn) live.open();
  }, [isIn, live]);
  if (isIn) return children;
  if (!session.error)
    return (
      <div className="gate-wait" role="status" aria-label="Loading">
        <Loader />
      </div>
    );
  const signedOut = session.error instanceof ApiError && session.error.status === UNAUTHORIZED;
  return signedOut ? (
    <SignedOutView />
  ) : (
    <UnreachableView fault={session.error} again={() => void session.refetch()} />
  );
}

export const SignedOutView = ({ level }: { level?: 1 | 3 }) => (
  <FullPage title="You are not signed in" level={level}>
    <span>
      Open the sign-in link that Cardinal printed when it started. A link works once; this prints a
      new one:
    </span>
    <code>cardinal token link</code>
  </FullPage>
);

interface Fault {
  fault: Error;
  again: () => void;
  level?: 1 | 3;
}

export const UnreachableView = ({ fault, again, level }: Fault) => (
  <FullPage title="Cardinal can’t be reached" level={level}>
    <span>{fault.message}</span>
    <Button variant="default" onClick={again}>
      Try again
    </Button>
  </FullPage>
);

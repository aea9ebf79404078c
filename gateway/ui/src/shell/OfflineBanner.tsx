/** Says that the live connection is lost, and lets people try at once. */

import { Button } from '@mantine/core';
import { useEffect } from 'react';
import type { LinkState } from '../api/live';
import { Notice } from '../parts/Notice';
import { useStore } from '../store';
import { useServices } from './services';

export function OfflineBanner() {
  const { live } = useServices();
  const link = useStore(live.state, (state) => state);
  useEffect(() => {
    const hurry = () => live.hurry();
    window.addEventListener('online', hurry);
    window.addEventListener('focus', hurry);
    return () => {
      window.removeEventListener('online', hurry);
      window.removeEventListener('focus', hurry);
    };
  }, [live]);
  return <OfflineView link={link} onRetry={() => live.hurry()} />;
}

export function OfflineView({ link, onRetry }: { link: LinkState; onRetry: () => void }) {
  if (link !== 'offline') return null;
  return (
    <div className="offline">
      <Notice tone="bad">
        <span>The connection to Cardinal is lost; the numbers are from before. Trying again. </span>
        <Button size="compact-xs" variant="default" onClick={onRetry}>
          Try now
        </Button>
      </Notice>
    </div>
  );
}

/** What is said about the whole page: notices, being offline, being signed out. */

import { Notice } from '../../parts/Notice';
import { SignedOutView, UnreachableView } from '../../shell/Gate';
import { OfflineView } from '../../shell/OfflineBanner';
import { LinkBadge } from '../builder/SizeCard';
import { Pattern, Section } from './Pattern';

export const NavPatterns = () => (
  <Section title="Messages">
    <Pattern name="notice">
      <Notice>Something to know.</Notice>
    </Pattern>
    <Pattern name="notice: another clock">
      <Notice tone="clock">Demo clock: it is 1 Jan 2018 for this dataset.</Notice>
    </Pattern>
    <Pattern name="notice: bad">
      <Notice tone="bad">The datasets could not be fetched.</Notice>
    </Pattern>
    <Pattern name="connection">
      <LinkBadge link="connecting" /> <LinkBadge link="live" /> <LinkBadge link="offline" />
    </Pattern>
    <Pattern wide name="offline">
      <OfflineView link="offline" onRetry={() => undefined} />
    </Pattern>
    <Pattern name="signed out">
      <SignedOutView level={3} />
    </Pattern>
    <Pattern name="unreachable">
      <UnreachableView
        level={3}
        fault={new Error('Cardinal does not answer.')}
        again={() => undefined}
      />
    </Pattern>
  </Section>
);

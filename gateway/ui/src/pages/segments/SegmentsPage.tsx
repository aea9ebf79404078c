/** Every saved segment: found by name, tag or owner, opened in the builder, deleted. */

import { TextInput } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { Search } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useSegments } from '../../api/segment-queries';
import type { Segment } from '../../api/segments';
import { plural } from '../../parts/format';
import { FullPage } from '../../parts/FullPage';
import { Loading } from '../../parts/Loading';
import { Notice } from '../../parts/Notice';
import { DeleteDialog } from './DeleteDialog';
import { SegmentTable } from './SegmentTable';
import './segments.css';

export function SegmentsPage() {
  const { data, error } = useSegments();
  const [sought, seek] = useState('');
  const [gone, choose] = useState<Segment | null>(null);
  useDocumentTitle('Segments · Cardinal');
  const found = useMemo(() => matching(data ?? [], sought), [data, sought]);
  return (
    <div className="segments">
      <div className="segments-head">
        <h1>Segments</h1>
        {data && <span className="segments-facts">{plural(data.length, 'segment')}</span>}
        <span className="grow" />
        <TextInput
          aria-label="Find a segment"
          placeholder="Name, tag or owner"
          leftSection={<Search size={14} aria-hidden />}
          value={sought}
          onChange={(event) => seek(event.currentTarget.value)}
        />
      </div>
      {error && <Notice tone="bad">The segments could not be fetched: {error.message}</Notice>}
      {!error && !data && <Loading height={260} />}
      {data?.length === 0 && (
        <FullPage title="No segments yet">
          <span>
            Build a condition and press Save: it gets a name, and its members stay right as the data
            changes.
          </span>
        </FullPage>
      )}
      {data && data.length > 0 && <SegmentTable segments={found} onDelete={choose} />}
      {gone && <DeleteDialog segment={gone} close={() => choose(null)} />}
    </div>
  );
}

/** Segments with every sought word in their name, tags, owner or dataset. */
export function matching(segments: readonly Segment[], sought: string): Segment[] {
  const terms = sought.toLowerCase().split(/\s+/).filter(Boolean);
  const text = ({ name, tags, owner, dataset, description }: Segment) =>
    [name, ...tags, owner, dataset, description].join(' ').toLowerCase();
  return segments
    .filter((segment) => terms.every((term) => text(segment).includes(term)))
    .toSorted((one, two) => two.modified_at.localeCompare(one.modified_at));
}

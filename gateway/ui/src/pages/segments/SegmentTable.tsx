/** Segments in a table: name, size, tags, owner, who uses them, when they were changed. */

import { ActionIcon, Badge } from '@mantine/core';
import { Layers, ListChecks, Trash2 } from 'lucide-react';
import { Link } from 'wouter';
import type { Segment } from '../../api/segments';
import { moment, number, plural } from '../../parts/format';
import { pathOfSegment } from '../builder/paths';

interface Props {
  segments: readonly Segment[];
  onDelete: (segment: Segment) => void;
}

export function SegmentTable({ segments, onDelete }: Props) {
  if (!segments.length) return <p className="segments-none">No segment is like that.</p>;
  return (
    <div className="card scroll-x" role="region" aria-label="Segments" tabIndex={0}>
      <table className="segment-table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col" data-number>
              Members
            </th>
            <th scope="col">Tags</th>
            <th scope="col">Owner</th>
            <th scope="col">Used by</th>
            <th scope="col">Modified</th>
            <th scope="col">
              <span hidden>Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {segments.map((segment) => (
            <SegmentLine key={segment.id} segment={segment} onDelete={onDelete} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface Line extends Pick<Props, 'onDelete'> {
  segment: Segment;
}

function SegmentLine({ segment, onDelete }: Line) {
  const { name, dataset, description, size, tags, owner, status, kind } = segment;
  const Icon = kind === 'list' ? ListChecks : Layers;
  return (
    <tr>
      <th scope="row">
        <span className="segment-name">
          <Icon size={15} className="type-icon" aria-hidden />
          <span>
            {kind === 'list' ? (
              name
            ) : (
              <Link href={pathOfSegment(segment)} title="Open in the builder">
                {name}
              </Link>
            )}
            {status !== 'active' && (
              <Badge size="xs" variant="default" ml={8}>
                {status}
              </Badge>
            )}
            <small>
              {dataset}, version {segment.version}
              {kind === 'list' && ', a list of keys'}
              {description && `: ${description}`}
            </small>
          </span>
        </span>
      </th>
      <td data-number>{size === null ? '–' : number(size)}</td>
      <td>
        <span className="segment-tags">
          {tags.map((tag) => (
            <span key={tag} className="row-chip">
              {tag}
            </span>
          ))}
        </span>
      </td>
      <td>{owner || '–'}</td>
      <td title={segment.used_by.map((one) => one.name).join(', ')}>
        {segment.used_by.length ? plural(segment.used_by.length, 'segment') : '–'}
      </td>
      <td>{moment(segment.modified_at)}</td>
      <td>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`Delete ${name}`}
          onClick={() => onDelete(segment)}
        >
          <Trash2 size={15} aria-hidden />
        </ActionIcon>
      </td>
    </tr>
  );
}

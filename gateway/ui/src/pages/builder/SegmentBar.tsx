/** Which segment is open: as saved, edited since, or overtaken by somebody else's version. */

import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Layers } from 'lucide-react';
import { ApiError } from '../../api/api';
import { getSegment, updateSegment, type Segment } from '../../api/segments';
import { Notice } from '../../parts/Notice';
import { ProblemLine } from './RowNotes';
import { useOpened } from './useOpened';
import './segment-bar.css';

const CONFLICT = 409;

export function SegmentBar() {
  const { segment, fault, condition, changed, take } = useOpened();
  const client = useQueryClient();
  const update = useMutation({
    mutationFn: async (over: Segment) => updateSegment(over.id, over.version, condition),
    onSuccess: (saved) => adopt(saved, 'mine'),
  });
  const theirs = useMutation({
    mutationFn: () => getSegment(segment!.id),
    onSuccess: (current) => adopt(current, 'theirs'),
  });
  const overwrite = useMutation({
    mutationFn: async () =>
      updateSegment(segment!.id, (await getSegment(segment!.id)).version, condition),
    onSuccess: (saved) => adopt(saved, 'mine'),
  });

  function adopt(saved: Segment, whose: 'theirs' | 'mine') {
    take(saved, whose);
    update.reset();
    client.setQueryData(['segment', saved.id], saved);
    void client.invalidateQueries({ queryKey: ['segments'] });
    void client.invalidateQueries({ queryKey: ['segment', saved.id, 'versions'] });
  }

  if (fault) return <Notice tone="bad">The segment could not be opened: {fault.message}</Notice>;
  if (!segment) return null;
  const conflict = update.error instanceof ApiError && update.error.status === CONFLICT;
  return (
    <div className="segment-bar">
      <Layers size={15} aria-hidden />
      <b>{segment.name}</b>
      <span className="segment-facts">
        version {segment.version}
        {changed ? ', edited since' : ', as saved'}
      </span>
      {segment.tags.map((tag) => (
        <span key={tag} className="row-chip">
          {tag}
        </span>
      ))}
      <span className="grow" />
      {changed && !conflict && (
        <>
          <Button size="compact-sm" variant="default" onClick={() => take(segment, 'theirs')}>
            As it was
          </Button>
          <Button
            size="compact-sm"
            loading={update.isPending}
            onClick={() => update.mutate(segment)}
          >
            Save version {segment.version + 1}
          </Button>
        </>
      )}
      {update.error && !conflict && <ProblemLine problem={update.error} />}
      {conflict && (
        <div className="segment-conflict">
          <Notice tone="bad">
            <span>Somebody else has saved this segment since you opened it. </span>
            <Button size="compact-xs" variant="default" onClick={() => theirs.mutate()}>
              Open theirs
            </Button>{' '}
            <Button size="compact-xs" variant="default" onClick={() => overwrite.mutate()}>
              Save mine over it
            </Button>
          </Notice>
        </div>
      )}
    </div>
  );
}

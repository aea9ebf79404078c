/** What a new segment is called, and who and what it is for. */

import { Button, Modal, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useSegments } from '../../api/segment-queries';
import { createSegment } from '../../api/segments';
import { toWire } from '../../condition/wire';
import { plural } from '../../parts/format';
import { useServices } from '../../shell/services';
import { useStore } from '../../store';
import { useBuilder } from './context';
import { keep } from './draft';
import { pathOfSegment } from './paths';
import { keptUnder, markOf } from './useOpened';
import { ProblemLine } from './RowNotes';

export function SaveDialog({ close }: { close: () => void }) {
  const { draft, words, preview } = useBuilder();
  const { kept } = useServices();
  const [, go] = useLocation();
  const client = useQueryClient();
  const { data: others = [] } = useSegments();
  const size = useStore(preview.state, (state) => state.size?.count);
  const [about, tell] = useState({ name: '', description: '', tags: [] as string[], owner: '' });
  const dataset = words.dataset.name;
  const save = useMutation({
    mutationFn: () => {
      const { condition } = toWire(draft.history.get().now, words);
      return createSegment({ ...about, name: about.name.trim(), dataset, condition });
    },
    onSuccess: (segment) => {
      keep(draft.history.get().now, words, kept);
      kept.setItem(keptUnder(dataset), markOf(segment));
      client.setQueryData(['segment', segment.id], segment);
      void client.invalidateQueries({ queryKey: ['segments'] });
      draft.say(`Segment ${segment.name} saved`);
      close();
      go(pathOfSegment(segment));
    },
  });
  const tags = [...new Set(others.flatMap((one) => one.tags))];
  return (
    <Modal
      opened
      onClose={close}
      title="Save as segment"
      closeButtonProps={{ 'aria-label': 'Close' }}
      transitionProps={{ duration: 100 }}
    >
      <form
        className="save-form"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextInput
          label="Name"
          data-autofocus
          required
          maxLength={200}
          value={about.name}
          onChange={(event) => tell({ ...about, name: event.currentTarget.value })}
        />
        <Textarea
          label="Description"
          autosize
          minRows={2}
          value={about.description}
          onChange={(event) => tell({ ...about, description: event.currentTarget.value })}
        />
        <TagsInput
          label="Tags"
          value={about.tags}
          data={tags}
          placeholder={about.tags.length ? undefined : 'Type one, then Enter'}
          onChange={(next) => tell({ ...about, tags: next })}
        />
        <TextInput
          label="Owner"
          value={about.owner}
          onChange={(event) => tell({ ...about, owner: event.currentTarget.value })}
        />
        {save.error && <ProblemLine problem={save.error} />}
        <div className="json-foot">
          <span className="save-size">{size !== undefined && plural(size, 'member')} now</span>
          <span className="grow" />
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending} disabled={!about.name.trim()}>
            Save segment
          </Button>
        </div>
      </form>
    </Modal>
  );
}

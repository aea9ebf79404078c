/** Deleting a segment: asked once, and refused with names while others refer to it. */

import { Button, Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import { deleteSegment, type Segment } from '../../api/segments';
import { Notice } from '../../parts/Notice';
import { pathOfSegment } from '../builder/paths';

export function DeleteDialog({ segment, close }: { segment: Segment; close: () => void }) {
  const client = useQueryClient();
  const { name, dataset, used_by: users } = segment;
  const erase = useMutation({
    mutationFn: () => deleteSegment(segment.id),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['segments'] });
      close();
    },
  });
  return (
    <Modal
      opened
      onClose={close}
      title={`Delete ${name}?`}
      closeButtonProps={{ 'aria-label': 'Close' }}
      transitionProps={{ duration: 100 }}
    >
      <div className="save-form">
        {users.length > 0 ? (
          <Notice tone="bad">
            Other segments are made of it; change these first:{' '}
            {users.map((user, index) => (
              <span key={user.id}>
                {index > 0 && ', '}
                <Link href={pathOfSegment({ id: user.id, dataset })}>{user.name}</Link>
              </span>
            ))}
          </Notice>
        ) : (
          <span>Its definition and all its versions are gone then. The records stay.</span>
        )}
        {erase.error && <Notice tone="bad">{erase.error.message}</Notice>}
        <div className="json-foot">
          <span className="grow" />
          <Button variant="default" onClick={close} data-autofocus>
            Cancel
          </Button>
          <Button
            disabled={users.length > 0}
            loading={erase.isPending}
            onClick={() => erase.mutate()}
          >
            Delete
          </Button>
        </div>
      </div>
    </Modal>
  );
}

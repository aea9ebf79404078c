/** Save the condition as a new segment. */

import { Button } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { Save } from 'lucide-react';
import { SaveDialog } from './SaveDialog';

export function SaveButton() {
  const [open, dialog] = useDisclosure();
  useHotkeys([['mod+S', dialog.open]], []);
  return (
    <>
      <Button
        size="sm"
        className="save-button"
        leftSection={<Save size={15} aria-hidden />}
        onClick={dialog.open}
        aria-label="Save as segment"
        title="Save as a segment (Ctrl S)"
      >
        Save
      </Button>
      {open && <SaveDialog close={dialog.close} />}
    </>
  );
}

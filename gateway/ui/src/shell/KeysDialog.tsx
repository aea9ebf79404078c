/** All keys, and the switch that turns single letters off. */

import { Modal, Switch } from '@mantine/core';
import { useStore } from '../store';
import { KeyTable } from './KeyTable';
import { useServices } from './services';

export function KeysDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { settings } = useServices();
  const singleKeys = useStore(settings, (choices) => choices.singleKeys);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Keys"
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
      transitionProps={{ duration: 100 }}
    >
      <div className="keys-dialog">
        <section>
          <h3>On a row’s handle</h3>
          <KeyTable scope="row" />
        </section>
        <section>
          <h3>Everywhere</h3>
          <KeyTable scope="everywhere" />
          <Switch
            mt="lg"
            label="Single-letter keys"
            description="They act only while a row’s handle has the focus"
            checked={singleKeys}
            onChange={(event) =>
              settings.set({ ...settings.get(), singleKeys: event.currentTarget.checked })
            }
          />
        </section>
      </div>
    </Modal>
  );
}

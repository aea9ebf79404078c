/** A condition as JSON: to read, to copy, to paste another one over it. */

import { Button, CopyButton, Modal, Textarea } from '@mantine/core';
import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { readJson, type Json } from '../../condition/json';

interface Props {
  title: string;
  text: string;
  onApply: (json: Json) => void;
  onClose: () => void;
}

export function JsonDialog({ title, text, onApply, onClose }: Props) {
  const [typed, type] = useState(text);
  const [fault, find] = useState<string>();
  const apply = () => {
    try {
      onApply(readJson(typed));
      onClose();
    } catch (error) {
      find(`This is not JSON: ${error instanceof Error ? error.message : 'it can’t be read'}`);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
      transitionProps={{ duration: 100 }}
    >
      <Textarea
        aria-label="Condition as JSON"
        value={typed}
        error={fault}
        autosize
        minRows={8}
        maxRows={22}
        data-autofocus
        styles={{ input: { fontFamily: 'var(--mono)', fontSize: 13 } }}
        spellCheck={false}
        onChange={(event) => {
          type(event.currentTarget.value);
          find(undefined);
        }}
      />
      <div className="json-foot">
        <CopyButton value={typed}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              onClick={copy}
              leftSection={
                copied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />
              }
            >
              {copied ? 'Copied' : 'Copy JSON'}
            </Button>
          )}
        </CopyButton>
        <span className="grow" />
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button onClick={apply} disabled={typed === text}>
          Apply
        </Button>
      </div>
    </Modal>
  );
}

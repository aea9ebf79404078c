/** A new field computed from others: its name, its formula as it is written, its type. */

import { Button, Modal, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { addFormula, checkFormula } from '../../api/formulas';
import type { Dataset } from '../../api/types';
import { ProblemLine } from '../builder/RowNotes';
import { FormulaInput } from './FormulaInput';
import { useNames } from './useNames';
import './formula.css';

const SETTLED_MS = 120;

interface Props {
  dataset: Dataset;
  close: () => void;
  /** Told once the field is there. */
  onSaved?: (name: string) => void;
}

export function FormulaDialog({ dataset, close, onSaved }: Props) {
  const client = useQueryClient();
  const [label, tell] = useState('');
  const [formula, write] = useState('');
  const [settled] = useDebouncedValue(formula, SETTLED_MS);
  const names = useNames(dataset);
  const { data, error } = useQuery({
    queryKey: ['formula', dataset.name, settled],
    queryFn: ({ signal }) => checkFormula(dataset.name, settled, signal),
    enabled: settled.trim() !== '',
    placeholderData: keepPreviousData,
    retry: false,
  });
  const name = nameOf(label);
  const taken = dataset.fields.some((field) => field.name === name);
  const current = settled === formula && formula.trim() !== '';
  const fault = current ? data?.problems[0] : undefined;
  const save = useMutation({
    mutationFn: () => addFormula(dataset.name, { name, label: label.trim(), formula }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['datasets'] });
      close();
      onSaved?.(name);
    },
  });
  return (
    <Modal
      opened
      onClose={close}
      size="lg"
      title={`New formula field of ${dataset.name}`}
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
          value={label}
          description={name && name !== label ? `written ${name} in conditions` : undefined}
          error={taken ? `${dataset.name} has a field of this name` : undefined}
          onChange={(event) => tell(event.currentTarget.value)}
        />
        <FormulaInput value={formula} names={names} fault={fault} set={write} />
        <div className="formula-said" role="status">
          {fault && <ProblemLine problem={fault} />}
          {error && <ProblemLine problem={error} />}
          {current && data?.type && (
            <span className="formula-type">
              is a <b>{data.type}</b>
              {data.scale ? ` with ${data.scale} digits after the point` : ''},{' '}
              {data.stored
                ? 'computed when a record changes'
                : 'computed when somebody asks, as time passes'}
            </span>
          )}
        </div>
        {save.error && <ProblemLine problem={save.error} />}
        <div className="json-foot">
          <span className="grow" />
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button
            type="submit"
            loading={save.isPending}
            disabled={!name || taken || !current || !data?.type}
          >
            Add field
          </Button>
        </div>
      </form>
    </Modal>
  );
}

/** A label as the name of a field: letters, digits and underscores. */
export const nameOf = (label: string): string =>
  label
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '_')
    .replace(/^(\d)/, '_$1')
    .replace(/^_+$/, '');

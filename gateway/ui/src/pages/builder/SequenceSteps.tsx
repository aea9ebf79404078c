/** Related records one after another: a first, and what follows it, or doesn't, within a window. */

import { ActionIcon, Button } from '@mantine/core';
import { ListPlus, X } from 'lucide-react';
import { useMemo } from 'react';
import { group, type Measure, type Related, type Step } from '../../condition/nodes';
import { STEPS_MAX } from '../../condition/related';
import { Toggle } from '../../parts/Toggle';
import { BuilderProvider, useBuilder } from './context';
import { SpanInput } from './values/SpanInput';
import { WhereBox } from './WhereBox';

type Sequence = Extract<Measure, { kind: 'sequence' }>;
interface Props {
  node: Related;
  measure: Sequence;
  depth: number;
  set: (next: Measure, typingIn?: string) => void;
}

const WEEK = { amount: 7, unit: 'day' };

export function SequenceSteps({ node, measure, depth, set }: Props) {
  const { draft } = useBuilder();
  const { later } = measure;
  const put = (at: number, step: Step, typingIn?: string) =>
    set({ ...measure, later: later.with(at, step) }, typingIn);
  const add = () => {
    const last = { where: group(draft.newId(), 'all'), within: WEEK, absent: false };
    set({ ...measure, later: [...later.map((step) => ({ ...step, absent: false })), last] });
  };
  return (
    <ol className="steps">
      <li>
        <WhereBox where={node.where} depth={depth} every="any record" head={<b>First</b>} />
      </li>
      {later.map((step, at) => (
        <StepItem
          key={step.where.id}
          step={step}
          depth={depth}
          label={`Step ${at + 2}`}
          isLast={at === later.length - 1}
          put={(next, place) => put(at, next, place && node.id + at + place)}
          drop={
            later.length > 1 ? () => set({ ...measure, later: later.toSpliced(at, 1) }) : undefined
          }
        />
      ))}
      {later.length + 1 < STEPS_MAX && (
        <li>
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            leftSection={<ListPlus size={14} aria-hidden />}
            onClick={add}
          >
            Then…
          </Button>
        </li>
      )}
    </ol>
  );
}

const FOLLOWS = [
  { value: 'then', label: 'then', help: 'Such a record follows' },
  { value: 'absent', label: 'but no', help: 'No such record follows in the window' },
] as const;

interface Item {
  step: Step;
  depth: number;
  label: string;
  isLast: boolean;
  put: (step: Step, place?: string) => void;
  drop?: () => void;
}

function StepItem({ step, depth, label, isLast, put, drop }: Item) {
  const parts = useBuilder();
  const own = useMemo(() => ({ ...parts, scope: step.where.id }), [parts, step.where.id]);
  const head = (
    <span className="step-head">
      {isLast ? (
        <Toggle
          label={`${label}: followed or not`}
          choices={FOLLOWS}
          value={step.absent ? 'absent' : 'then'}
          onPick={(how) => put({ ...step, absent: how === 'absent' })}
        />
      ) : (
        <b>then</b>
      )}
      <span className="where-word">within</span>
      <SpanInput
        label={`${label}, within`}
        value={step.within ?? WEEK}
        numbers={['amount']}
        set={(within, place) => put({ ...step, within }, place)}
      />
      {drop && (
        <ActionIcon variant="subtle" color="gray" aria-label={`Remove ${label}`} onClick={drop}>
          <X size={15} aria-hidden />
        </ActionIcon>
      )}
    </span>
  );
  return (
    <li>
      <BuilderProvider value={own}>
        <WhereBox where={step.where} depth={depth} every="any record" head={head} />
      </BuilderProvider>
    </li>
  );
}

/** A condition on linked records: whose, what is asked of them, and which of them. */

import { memo, useMemo } from 'react';
import type { Measure, Related } from '../../condition/nodes';
import { FOLDS, measured } from '../../condition/related';
import { replace } from '../../condition/tree';
import { wayOf } from '../../condition/vocabulary';
import { Picker, type Choice } from '../../parts/Picker';
import { BuilderProvider, useBuilder } from './context';
import { MeasureValue } from './MeasureValue';
import { Row } from './Row';
import { SequenceSteps } from './SequenceSteps';
import { SubjectPicker } from './SubjectPicker';
import { WhereBox } from './WhereBox';
import './related.css';

interface Props {
  node: Related;
  index: number;
  parent: string;
  depth: number;
}

const MEASURES: readonly Choice[] = [
  { value: 'any', label: 'at least one', help: 'turn it into “not” for none' },
  { value: 'count', label: 'how many', help: 'zero is a number, too' },
  { value: 'sequence', label: 'in sequence', help: 'one, then another within some days' },
  ...FOLDS.map(({ key, label, help }) => ({ value: key, label, help, section: 'Of a field' })),
];

export const RelatedRow = memo(function RelatedRow({ node, index, parent, depth }: Props) {
  const parts = useBuilder();
  const { words, draft } = parts;
  const theirs = words.of(node.dataset);
  const way = wayOf(words, node.dataset, node.via);
  const inner = useMemo(
    () => ({ ...parts, words: theirs, hops: parts.hops + 1, scope: node.where.id }),
    [parts, theirs, node.where.id],
  );
  const measure = (next: Measure, typingIn?: string) =>
    draft.edit((tree) => replace(tree, node.id, { ...node, measure: next }), undefined, typingIn);
  const kind = node.measure.kind === 'aggregate' ? node.measure.fn : node.measure.kind;
  return (
    <Row
      {...{ node, index, parent }}
      what={`condition on ${node.dataset}`}
      inner={
        <BuilderProvider value={inner}>
          {node.measure.kind === 'sequence' ? (
            <SequenceSteps node={node} measure={node.measure} depth={depth} set={measure} />
          ) : (
            <WhereBox where={node.where} depth={depth} every={everyOne(way?.many, node)} />
          )}
        </BuilderProvider>
      }
    >
      <SubjectPicker node={node} />
      <div className="rule-value">
        {(way?.many !== false || kind !== 'any') && (
          <Picker
            label={`What is asked of ${node.dataset}`}
            value={kind}
            choices={MEASURES}
            className="rule-operator"
            wide
            onPick={(next) => measure(measured(theirs, node.measure, next, draft.newId))}
          />
        )}
        <BuilderProvider value={inner}>
          <MeasureValue id={node.id} measure={node.measure} dataset={node.dataset} set={measure} />
        </BuilderProvider>
      </div>
    </Row>
  );
});

const everyOne = (many: boolean | undefined, { dataset }: Related): string =>
  many === false ? `whatever its record in ${dataset} is like` : `whatever the ${dataset} are like`;

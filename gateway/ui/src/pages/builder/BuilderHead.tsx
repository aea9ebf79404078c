/** The top of the builder: the dataset, the condition as a sentence, and what to do with it. */

import { useLocation } from 'wouter';
import type { Dataset } from '../../api/types';
import { day, plural } from '../../parts/format';
import { Notice } from '../../parts/Notice';
import { Picker } from '../../parts/Picker';
import { pathOf } from './paths';
import { useBuilder } from './context';
import type { PageCommand } from './commands';
import { SaveButton } from './SaveButton';
import { SegmentBar } from './SegmentBar';
import { Sentence } from './Sentence';
import { Toolbar } from './Toolbar';

export function BuilderHead({
  datasets,
  commands,
}: {
  datasets: Dataset[];
  commands: readonly PageCommand[];
}) {
  const { words } = useBuilder();
  const [, go] = useLocation();
  const { dataset } = words;
  const choices = datasets.map((one) => ({
    value: one.name,
    label: one.name,
    aside: plural(one.records, 'record'),
  }));
  return (
    <header className="builder-head">
      <div className="builder-title">
        <h1>Which</h1>
        <Picker
          label="Dataset"
          value={dataset.name}
          choices={choices}
          className="dataset-picker"
          wide
          onPick={(name) => go(pathOf(name))}
        />
        <span className="grow" />
        <Toolbar commands={commands} />
        <SaveButton />
      </div>
      <SegmentBar />
      <Sentence />
      <DemoClock dataset={dataset} />
    </header>
  );
}

/** Data of another year has its own clock, and that must not surprise anybody. */
export function DemoClock({
  dataset,
}: {
  dataset: Pick<Dataset, 'clock_offset_s' | 'now' | 'time_zone'>;
}) {
  if (dataset.clock_offset_s === 0) return null;
  return (
    <Notice tone="clock">
      Demo clock: it is {day(dataset.now, dataset.time_zone)} for this dataset, so “in the last 30
      days” has data.
    </Notice>
  );
}

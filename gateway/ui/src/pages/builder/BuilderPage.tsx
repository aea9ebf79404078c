/** The page at /build/NAME: which dataset, and then its builder. */

import { Anchor, Button, Skeleton } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useEffect, useMemo } from 'react';
import { Link, Redirect } from 'wouter';
import { useDatasets, useOperators } from '../../api/queries';
import type { Dataset } from '../../api/types';
import { vocabulary } from '../../condition/vocabulary';
import { FullPage } from '../../parts/FullPage';
import { useServices } from '../../shell/services';
import { Builder } from './Builder';
import { pathOf } from './paths';

/** At "/" and "/build": the dataset of the last visit, else the one that most others link to. */
export function BuilderHome() {
  const { settings } = useServices();
  const datasets = useDatasets();
  if (datasets.error)
    return <Failed fault={datasets.error} again={() => void datasets.refetch()} />;
  if (!datasets.data) return <BuilderSkeleton />;
  const last = datasets.data.find((dataset) => dataset.name === settings.get().dataset);
  const first = last ?? mostLinkedTo(datasets.data);
  return first ? <Redirect to={pathOf(first.name)} replace /> : <NoDatasets />;
}

function mostLinkedTo(datasets: Dataset[]): Dataset | undefined {
  const links = datasets.flatMap((dataset) => dataset.links.map((link) => link.to));
  const times = (dataset: Dataset) => links.filter((to) => to === dataset.name).length;
  return datasets.toSorted((one, two) => times(two) - times(one))[0];
}

export function BuilderPage({ name }: { name: string }) {
  const datasets = useDatasets();
  const operators = useOperators();
  const fault = datasets.error ?? operators.error;
  const dataset = datasets.data?.find((one) => one.name === name);
  if (fault && !(dataset && operators.data)) {
    return (
      <Failed
        fault={fault}
        again={() => {
          void datasets.refetch();
          void operators.refetch();
        }}
      />
    );
  }
  if (!datasets.data || !operators.data) return <BuilderSkeleton />;
  if (!dataset) return <UnknownDataset name={name} others={datasets.data} />;
  return (
    <Loaded key={name} dataset={dataset} datasets={datasets.data} operators={operators.data} />
  );
}

type Words = Parameters<typeof vocabulary>;

/** A new vocabulary only for a new schema: fresher counts of a dataset keep the draft. */
function Loaded({
  dataset,
  datasets,
  operators,
}: {
  dataset: Dataset;
  datasets: Dataset[];
  operators: Words[1];
}) {
  const { settings } = useServices();
  const { name } = dataset;
  const schema = JSON.stringify([name, datasets.map(schemaOf)]);
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- `schema` stands for the datasets
  const words = useMemo(() => vocabulary(dataset, operators, datasets), [schema, operators]);
  useDocumentTitle(`${name} · Cardinal`);
  useEffect(() => settings.set({ ...settings.get(), dataset: name }), [settings, name]);
  return <Builder words={words} datasets={datasets} />;
}

const schemaOf = ({ name, fields, links, clock_offset_s: offset }: Dataset) => [
  name,
  fields.map((field) => [field.name, field.type, field.label]),
  links,
  offset,
];

export const BuilderSkeleton = () => (
  <div className="builder" role="status" aria-label="Loading">
    <div className="builder-main">
      <Skeleton h={34} w={260} mb="md" />
      <Skeleton h={320} radius="lg" />
    </div>
    <div className="builder-side">
      <Skeleton h={130} radius="lg" />
    </div>
  </div>
);

const Failed = ({ fault, again }: { fault: Error; again: () => void }) => (
  <FullPage title="This page could not be loaded">
    <span>{fault.message}</span>
    <Button variant="default" onClick={again}>
      Try again
    </Button>
  </FullPage>
);

export const NoDatasets = () => (
  <FullPage title="No data yet">
    <span>Load a file into a dataset, then build conditions on it:</span>
    <code>cardinal load FILE --into DATASET --key FIELD</code>
  </FullPage>
);

const UnknownDataset = ({ name, others }: { name: string; others: Dataset[] }) => (
  <FullPage title={`There is no dataset “${name}”`}>
    <span>
      {others.map((one) => (
        <Anchor key={one.name} component={Link} href={pathOf(one.name)} mx={6}>
          {one.name}
        </Anchor>
      ))}
    </span>
  </FullPage>
);

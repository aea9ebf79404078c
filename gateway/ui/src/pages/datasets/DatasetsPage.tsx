/** Every dataset with its fields: what there is to build conditions on. */

import { useDocumentTitle } from '@mantine/hooks';
import { useDatasets } from '../../api/queries';
import { Loading } from '../../parts/Loading';
import { Notice } from '../../parts/Notice';
import { NoDatasets } from '../builder/BuilderPage';
import { DatasetCard } from './DatasetCard';
import './datasets.css';

export function DatasetsPage() {
  const { data, error } = useDatasets();
  useDocumentTitle('Datasets · Cardinal');
  return (
    <div className="datasets">
      <h1>Datasets</h1>
      {error && <Notice tone="bad">The datasets could not be fetched: {error.message}</Notice>}
      {!error && !data && <Loading height={260} />}
      {data?.length === 0 && <NoDatasets />}
      {data?.map((dataset) => (
        <DatasetCard key={dataset.name} dataset={dataset} />
      ))}
    </div>
  );
}

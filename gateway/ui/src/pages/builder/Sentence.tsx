/** The counted condition in plain English, in the server's words. */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { describe } from '../../api/api';
import { useStore } from '../../store';
import { useBuilder } from './context';

export function Sentence() {
  const { preview, words } = useBuilder();
  const counted = useStore(preview.state, (state) => state.counted);
  const dataset = words.dataset.name;
  const { data } = useQuery({
    queryKey: ['describe', dataset, JSON.stringify(counted)],
    queryFn: ({ signal }) => describe(dataset, counted!, signal),
    enabled: counted !== null,
    placeholderData: keepPreviousData,
    retry: false,
  });
  return (
    <p className="sentence" data-testid="sentence">
      {data ?? '\u00a0'}
    </p>
  );
}

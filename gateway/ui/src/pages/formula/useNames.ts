/** The names a formula over a dataset may use: its fields, functions, and related records. */

import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { listFunctions } from '../../api/formulas';
import { useDatasets } from '../../api/queries';
import type { Dataset } from '../../api/types';
import type { Name } from '../../condition/completion';
import { labelOf } from '../../condition/vocabulary';

export function useNames(dataset: Dataset): readonly Name[] {
  const { data: functions = [] } = useQuery({
    queryKey: ['functions'],
    queryFn: ({ signal }) => listFunctions(signal),
    staleTime: Infinity,
  });
  const { data: datasets = [] } = useDatasets();
  return useMemo(() => {
    const linked = datasets.filter((one) => one.links.some((link) => link.to === dataset.name));
    const fields = (of: Dataset, before: string, kind: Name['kind']): Name[] =>
      of.fields.map((field) => ({
        name: before + field.name,
        help: `${labelOf(field)}, ${field.type}`,
        kind,
      }));
    const known = new Set<string>();
    return [
      ...fields(dataset, '', 'field'),
      ...functions.flatMap(({ name, signature, help }): Name[] => {
        if (known.has(name)) return [];
        known.add(name);
        return [{ name, help: `${signature}: ${help}`, kind: 'function' }];
      }),
      ...linked.flatMap((one) => [
        { name: one.name, help: 'related records, to count', kind: 'related' as const },
        ...fields(one, `${one.name}.`, 'related'),
      ]),
    ];
  }, [dataset, datasets, functions]);
}

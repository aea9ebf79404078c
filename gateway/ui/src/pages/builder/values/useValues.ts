/** The values of a field that start with what is typed, the most frequent first. */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { fieldValues } from '../../../api/api';
import type { Field, ValueCounts } from '../../../api/types';
import { useBuilder } from '../context';

const VALUES_SHOWN = 30;

/** Undefined while they are looked up; an error where they can't be had. */
export type Found = ValueCounts | Error | undefined;

export function useValues(field: Field, prefix: string, open: boolean): Found {
  const { words } = useBuilder();
  const dataset = words.dataset.name;
  const { data, error } = useQuery({
    queryKey: ['values', dataset, field.name, prefix],
    queryFn: ({ signal }) => fieldValues(dataset, field.name, prefix, VALUES_SHOWN, signal),
    enabled: open && field.type !== 'text',
    placeholderData: keepPreviousData,
    retry: false,
  });
  return error ?? data;
}

/** What pages read of the server, kept and shared between them. */

import { useQuery } from '@tanstack/react-query';
import { getSession, listDatasets, listOperators } from './api';

const OFTEN_MS = 15_000;

export const useSession = () =>
  useQuery({
    queryKey: ['session'],
    queryFn: ({ signal }) => getSession(signal),
    retry: false,
    staleTime: Infinity,
  });

export const useDatasets = () =>
  useQuery({
    queryKey: ['datasets'],
    queryFn: ({ signal }) => listDatasets(signal),
    staleTime: OFTEN_MS,
  });

export const useOperators = () =>
  useQuery({
    queryKey: ['operators'],
    queryFn: ({ signal }) => listOperators(signal),
    staleTime: Infinity,
  });

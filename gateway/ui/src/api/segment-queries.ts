/** What pages read of the segments, kept and shared between them. */

import { useQuery } from '@tanstack/react-query';
import { getSegment, listSegments, listVersions } from './segments';

const OFTEN_MS = 15_000;

export const useSegments = () =>
  useQuery({
    queryKey: ['segments'],
    queryFn: ({ signal }) => listSegments({}, signal),
    staleTime: OFTEN_MS,
    retry: false,
  });

/** Segments that may be named in a condition over a dataset. */
export const useSegmentsOf = (dataset: string) =>
  useQuery({
    queryKey: ['segments', dataset],
    queryFn: ({ signal }) => listSegments({ dataset }, signal),
    staleTime: OFTEN_MS,
    retry: false,
  });

export const useVersions = (segment: string) =>
  useQuery({
    queryKey: ['segment', segment, 'versions'],
    queryFn: ({ signal }) => listVersions(segment, signal),
    staleTime: OFTEN_MS,
    retry: false,
  });

export const useSegment = (segment: string | null) =>
  useQuery({
    queryKey: ['segment', segment],
    queryFn: ({ signal }) => getSegment(segment!, signal),
    enabled: segment !== null,
    retry: false,
  });

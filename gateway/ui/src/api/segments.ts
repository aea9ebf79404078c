/** The routes of the segments, asked over HTTP. Every function is one route. */

import type { Json, JsonObject } from '../condition/json';
import { ApiError } from './api';
import type { Problem } from './types';

export interface Segment {
  id: string;
  version: number;
  name: string;
  dataset: string;
  condition?: JsonObject | null;
  kind: 'rule' | 'list';
  description: string;
  tags: string[];
  owner: string;
  size: number | null;
  status: string;
  created_at: string;
  modified_at: string;
  used_by: { id: string; name: string }[];
}
export interface SegmentVersion {
  version: number;
}

interface Refusal {
  error?: { code?: string; message?: string; problems?: Problem[] };
}

async function ask<T>(method: string, path: string, body?: Json, signal?: AbortSignal): Promise<T> {
  const headers = body === undefined ? undefined : { 'Content-Type': 'application/json' };
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const response = await fetch(`/api/v1${path}`, { method, headers, body: sent, signal }).catch(
    (fault: unknown) => {
      if (signal?.aborted) throw fault;
      throw new ApiError(0, 'unreachable', 'Cardinal does not answer. Is it running?');
    },
  );
  const text = await response.text();
  const told = (text ? JSON.parse(text) : {}) as T & Refusal;
  if (response.ok) return told;
  const message = told.error?.message ?? `The server answered ${response.status}.`;
  throw new ApiError(response.status, told.error?.code ?? 'unknown', message, told.error?.problems);
}

export const listSegments = async (
  about: { dataset?: string },
  signal?: AbortSignal,
): Promise<Segment[]> => {
  const query = new URLSearchParams({ ...about, limit: '1000' });
  return (await ask<{ items: Segment[] }>('GET', `/segments?${query}`, undefined, signal)).items;
};

export const listVersions = async (id: string, signal?: AbortSignal): Promise<SegmentVersion[]> => {
  return (await ask<{ items: SegmentVersion[] }>('GET', `${at(id)}/versions`, undefined, signal))
    .items;
};

const at = (id: string): string => `/segments/${encodeURIComponent(id)}`;

export const getSegment = (id: string, signal?: AbortSignal): Promise<Segment> =>
  ask('GET', at(id), undefined, signal);

export interface NewSegment {
  name: string;
  dataset: string;
  condition: JsonObject;
  description: string;
  tags: string[];
  owner: string;
}

export const createSegment = (segment: NewSegment): Promise<Segment> =>
  ask('POST', '/segments', { ...segment });

/** Refused with 409 when `version` is no longer the current one. */
export const updateSegment = (
  id: string,
  version: number,
  condition: JsonObject,
): Promise<Segment> => ask('PATCH', at(id), { version, condition });

/** Refused with 409 while another segment refers to it. */
export const deleteSegment = (id: string): Promise<unknown> => ask('DELETE', at(id));

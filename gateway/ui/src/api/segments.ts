/** The routes of the segments, asked over HTTP. Every function is one route. */

import type { JsonObject } from '../condition/json';
import { ask } from './ask';

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

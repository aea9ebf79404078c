/** Questions to the server over HTTP. Every function is one route. */

import createClient from 'openapi-fetch';
import type { paths } from '../../generated/schema';
import type { Json, JsonObject } from '../condition/json';
import type {
  Dataset,
  Explained,
  MemberPage,
  Operator,
  Problem,
  Session,
  ValueCounts,
} from './types';

export const UNAUTHORIZED = 401;

/** An answer that is no success. `status` 0: the server could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly problems: readonly Problem[] = [],
  ) {
    super(message);
  }
}

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}
interface Refusal {
  error?: { code?: string; message?: string; problems?: Problem[] };
}

const client = createClient<paths>();

async function answered<T>(asked: Promise<Answered<T>>, signal?: AbortSignal): Promise<T> {
  const { data, error, response } = await asked.catch((fault: unknown) => {
    if (signal?.aborted) throw fault;
    throw new ApiError(0, 'unreachable', 'Cardinal does not answer. Is it running?');
  });
  if (response.ok && data !== undefined) return data;
  const told = (error as Refusal | undefined)?.error;
  throw new ApiError(
    response.status,
    told?.code ?? 'unknown',
    told?.message ?? `The server answered ${response.status}.`,
    told?.problems,
  );
}

/** OpenAPI has no type for a condition: it is any JSON object. */
const free = (condition: JsonObject) => condition as Record<string, never>;

export const getSession = (signal?: AbortSignal): Promise<Session> =>
  answered(client.GET('/api/v1/session', { signal }), signal);

export const liveTicket = async (): Promise<string> =>
  (await answered(client.POST('/api/v1/live/ticket'))).ticket;

export const listDatasets = async (signal?: AbortSignal): Promise<Dataset[]> =>
  (await answered(client.GET('/api/v1/datasets', { signal }), signal)).items as Dataset[];

export const listOperators = async (signal?: AbortSignal): Promise<Operator[]> =>
  (await answered(client.GET('/api/v1/operators', { signal }), signal)).items as Operator[];

export const describe = async (
  name: string,
  condition: JsonObject,
  signal?: AbortSignal,
): Promise<string> => {
  const about = { params: { path: { name } }, body: { condition: free(condition) }, signal };
  return (await answered(client.POST('/api/v1/datasets/{name}/describe', about), signal)).text;
};

export const members = (
  name: string,
  condition: JsonObject,
  limit: number,
  signal?: AbortSignal,
): Promise<MemberPage> => {
  const about = { params: { path: { name } }, body: { condition: free(condition), limit }, signal };
  return answered(client.POST('/api/v1/datasets/{name}/members', about), signal);
};

/** Why the record with this key is in or out. */
export const explain = (
  name: string,
  condition: JsonObject,
  key: Json,
  signal?: AbortSignal,
): Promise<Explained> => {
  const body = { condition: free(condition), key: key as string | number };
  const about = { params: { path: { name } }, body, signal };
  return answered(
    client.POST('/api/v1/datasets/{name}/explain', about),
    signal,
  ) as Promise<Explained>;
};

export const fieldValues = (
  name: string,
  field: string,
  prefix: string,
  limit: number,
  signal?: AbortSignal,
): Promise<ValueCounts> => {
  const about = { params: { path: { name, field }, query: { prefix, limit } }, signal };
  return answered(
    client.GET('/api/v1/datasets/{name}/fields/{field}/values', about),
    signal,
  ) as Promise<ValueCounts>;
};

/** One way to ask a route whose body or answer is plain JSON. */

import type { Json } from '../condition/json';
import { ApiError } from './api';
import type { Problem } from './types';

interface Refusal {
  error?: { code?: string; message?: string; problems?: Problem[] };
}

/** The decoded answer of a route below /api/v1. Throws ApiError for any other than a success. */
export async function ask<T>(
  method: string,
  path: string,
  body?: Json,
  signal?: AbortSignal,
): Promise<T> {
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

/** The routes of formula fields, asked over HTTP. Every function is one route. */

import type { components } from '../../generated/schema';
import { ask } from './ask';

export type FormulaFunction = components['schemas']['FunctionOut'];
export type CheckedFormula = components['schemas']['FormulaOut'];

export const listFunctions = async (signal?: AbortSignal): Promise<FormulaFunction[]> =>
  (await ask<{ items: FormulaFunction[] }>('GET', '/formulas/functions', undefined, signal)).items;

const at = (dataset: string): string => `/datasets/${encodeURIComponent(dataset)}`;

export const checkFormula = (
  dataset: string,
  formula: string,
  signal?: AbortSignal,
): Promise<CheckedFormula> => ask('POST', `${at(dataset)}/formulas/check`, { formula }, signal);

export interface FormulaField {
  name: string;
  label: string;
  formula: string;
}

export const addFormula = (dataset: string, field: FormulaField): Promise<unknown> =>
  ask('PATCH', at(dataset), { fields: [{ ...field }] });

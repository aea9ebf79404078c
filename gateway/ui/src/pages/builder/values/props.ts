/** What the inputs of a value are given. */

import type { Field } from '../../../api/types';
import type { Json } from '../../../condition/json';

/** `place` names the input being typed in: quick typing there is one step of undo. */
export type SetValue = (value: Json | undefined, place?: string) => void;

export interface ScalarProps {
  field: Field;
  type: Field['type'];
  label: string;
  value: Json | undefined;
  set: SetValue;
  /** Tells the two ends of a range apart. */
  place?: string;
}

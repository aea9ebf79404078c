/** Some of the records that match, so that a person sees whether it is the right crowd. */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDebouncedValue } from '@mantine/hooks';
import { memo, useId, useMemo } from 'react';
import { members } from '../../api/api';
import type { Dataset, Field, MemberPage } from '../../api/types';
import { isObject, type Json } from '../../condition/json';
import { shown } from '../../condition/literals';
import { labelOf } from '../../condition/vocabulary';
import { moment } from '../../parts/format';
import { Loading } from '../../parts/Loading';
import { TypeIcon } from '../../parts/TypeIcon';
import { useStore } from '../../store';
import { useBuilder } from './context';
import './members-card.css';

const MEMBERS_SHOWN = 10;
const FIELDS_SHOWN_MAX = 24;
const SETTLED_MS = 150;

export function MembersCard() {
  const { preview, words, asked } = useBuilder();
  const counted = useStore(preview.state, (state) => state.counted);
  const asOf = useStore(preview.state, (state) => state.size?.asOf);
  const [settled] = useDebouncedValue(counted, SETTLED_MS);
  const { dataset } = words;
  const fields = useMemo(() => columns(dataset, settled), [dataset, settled]);
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ['members', dataset.name, JSON.stringify(settled), asOf],
    queryFn: ({ signal }) => members(dataset.name, settled!, MEMBERS_SHOWN, signal),
    enabled: settled !== null,
    placeholderData: keepPreviousData,
    retry: false,
  });
  return (
    <MembersView
      dataset={dataset}
      fields={fields}
      page={data}
      fault={error?.message}
      stale={isPlaceholderData || counted !== settled}
      onAsk={asked.set}
    />
  );
}

/** Fields of the condition first, then the others in their order; the key has its own place. */
export function columns(dataset: Dataset, condition: Json): Field[] {
  const used = new Set(fieldsIn(condition));
  // What is only computed for conditions has no values to show.
  const others = dataset.fields.filter(
    (field) => !field.key && field.name !== dataset.key && field.stored !== false,
  );
  const rank = (field: Field) => (used.has(field.name) ? 0 : 1);
  return others.toSorted((one, two) => rank(one) - rank(two)).slice(0, FIELDS_SHOWN_MAX);
}

function fieldsIn(json: Json): string[] {
  if (Array.isArray(json)) return json.flatMap(fieldsIn);
  if (!isObject(json)) return [];
  if (typeof json.field === 'string') return [json.field];
  return [json.all, json.any, json.not].flatMap((part) => fieldsIn(part ?? null));
}

interface View {
  dataset: Dataset;
  fields: Field[];
  page?: MemberPage;
  fault?: string;
  stale?: boolean;
  title?: string;
  /** Told of the record whose key was chosen. */
  onAsk?: (key: Json) => void;
}

export function MembersView({
  dataset,
  fields,
  page,
  fault,
  stale,
  title = 'Some that match',
  onAsk,
}: View) {
  const id = useId();
  return (
    <section className="card members" aria-labelledby={id}>
      <h2 className="card-title" id={id}>
        {title}
      </h2>
      {fault && <p className="members-empty">The sample could not be fetched: {fault}</p>}
      {!fault && !page && <Loading height={180} />}
      {!fault && page?.items.length === 0 && (
        <p className="members-empty">
          No record matches. The counts beside the conditions show which one rules them out.
        </p>
      )}
      {!fault && page && page.items.length > 0 && (
        <div
          className="scroll-x"
          role="region"
          aria-label="Sample of matching records"
          tabIndex={0}
          data-stale={stale || undefined}
        >
          <MembersTable {...{ dataset, fields, page, onAsk }} />
        </div>
      )}
    </section>
  );
}

type Table = Required<Pick<View, 'dataset' | 'fields' | 'page'>> & Pick<View, 'onAsk'>;

const MembersTable = memo(({ dataset, fields, page, onAsk }: Table) => (
  <table className="members-table">
    <thead>
      <tr>
        <th scope="col">{dataset.key ?? 'key'}</th>
        {fields.map((field) => (
          <th key={field.name} scope="col" title={field.name}>
            <TypeIcon field={field} size={12} />
            {labelOf(field)}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {page.items.map((member) => (
        <tr key={shown(member.key)}>
          <th scope="row">
            {onAsk ? (
              <button
                type="button"
                className="members-key"
                title="Why it is in, condition by condition"
                onClick={() => onAsk(member.key as Json)}
              >
                {shown(member.key)}
              </button>
            ) : (
              shown(member.key)
            )}
          </th>
          {fields.map((field) => (
            <Cell
              key={field.name}
              field={field}
              value={member.values[field.name] as Json | undefined}
              zone={dataset.time_zone}
            />
          ))}
        </tr>
      ))}
    </tbody>
  </table>
));

interface Content {
  field: Field;
  value: Json | undefined;
  zone: string;
}

function Cell({ field, value, zone }: Content) {
  if (value === null || value === undefined)
    return (
      <td className="members-none">
        <span title="no value">–</span>
      </td>
    );
  const instant = field.type === 'timestamp' && !Number.isNaN(Date.parse(shown(value)));
  const text = instant
    ? moment(shown(value), zone)
    : Array.isArray(value)
      ? value.map(shown).join(', ')
      : typeof value === 'boolean'
        ? value
          ? 'yes'
          : 'no'
        : shown(value);
  return <td data-number={typeof value === 'number' || undefined}>{text}</td>;
}

/** One dataset: how many records, how fresh, its fields with how much of each is filled. */

import { Badge, Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { ArrowRight, Filter, Sigma } from 'lucide-react';
import { Link } from 'wouter';
import type { Dataset, Field } from '../../api/types';
import { day, moment, number, percent, plural } from '../../parts/format';
import { TypeIcon } from '../../parts/TypeIcon';
import { labelOf } from '../../condition/vocabulary';
import { FormulaDialog } from '../formula/FormulaDialog';
import { pathOf } from '../builder/paths';

export function DatasetCard({ dataset }: { dataset: Dataset }) {
  const { name, records, fields, links, updated_at: updated, time_zone: zone } = dataset;
  const [isWriting, writing] = useDisclosure();
  return (
    <section className="card dataset-card" aria-labelledby={`dataset-${name}`}>
      <div className="dataset-head">
        <div>
          <h2 id={`dataset-${name}`}>{name}</h2>
          <p className="dataset-facts">
            {plural(records, 'record')} · {plural(fields.length, 'field')}
            {updated && (
              <>
                {' '}
                · updated {moment(updated, zone)} ({zone})
              </>
            )}
            {dataset.clock_offset_s !== 0 && <> · its clock says {day(dataset.now, zone)}</>}
          </p>
        </div>
        <span className="grow" />
        <Button
          variant="default"
          size="sm"
          leftSection={<Sigma size={15} aria-hidden />}
          onClick={writing.open}
        >
          New formula field
        </Button>
        <Button
          component={Link}
          href={pathOf(name)}
          variant="light"
          size="sm"
          leftSection={<Filter size={15} aria-hidden />}
        >
          Build on it
        </Button>
      </div>
      {isWriting && <FormulaDialog dataset={dataset} close={writing.close} />}
      <div className="scroll-x" role="region" aria-label={`Fields of ${name}`} tabIndex={0}>
        <FieldTable fields={fields} />
      </div>
      {links.length > 0 && (
        <p className="dataset-links">
          {links.map((link) => (
            <span key={link.name}>
              <code>{link.field}</code>
              <ArrowRight size={13} aria-label="links to" />
              <b>{link.to}</b>
              {link.to_field ? ` (${link.to_field})` : ''}
            </span>
          ))}
        </p>
      )}
    </section>
  );
}

const FieldTable = ({ fields }: { fields: Field[] }) => (
  <table className="field-table">
    <thead>
      <tr>
        <th scope="col">Field</th>
        <th scope="col">Type</th>
        <th scope="col">Filled</th>
        <th scope="col">Different values</th>
      </tr>
    </thead>
    <tbody>
      {fields.map((field) => (
        <tr key={field.name}>
          <th scope="row">
            <TypeIcon field={field} /> {labelOf(field)}
            {field.label && field.label !== field.name && <code>{field.name}</code>}
            {field.formula && (
              <code className="field-formula" title={field.formula}>
                = {field.formula}
              </code>
            )}
            {field.key && (
              <Badge size="xs" variant="default" ml={8}>
                key
              </Badge>
            )}
            {field.pii && (
              <Badge size="xs" variant="default" ml={8}>
                {field.pii}
              </Badge>
            )}
          </th>
          <td>
            {field.type}
            {field.scale ? ` (${field.scale})` : ''}
          </td>
          <td>
            <span className="filled">
              <span className="filled-bar" aria-hidden>
                <i style={{ width: `${field.filled * 100}%` }} />
              </span>
              {percent(field.filled, 1)}
            </span>
          </td>
          <td>{number(field.distinct)}</td>
        </tr>
      ))}
    </tbody>
  </table>
);

/** Why one record is in or out: each condition with what the record has, here and on the tree. */

import { ActionIcon, TextInput } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Check, X } from 'lucide-react';
import { useEffect, useId, useState } from 'react';
import { explain } from '../../api/api';
import type { Explained } from '../../api/types';
import type { Json } from '../../condition/json';
import { literal, shown } from '../../condition/literals';
import { useStore } from '../../store';
import { useBuilder } from './context';
import { whyOf } from './preview';
import { valueText } from './WhyNote';
import './why.css';

export function WhyCard() {
  const { preview, words, asked } = useBuilder();
  const key = useStore(asked, (one) => one);
  const counted = useStore(preview.state, (state) => state.counted);
  const { name } = words.dataset;
  const { data, error } = useQuery({
    queryKey: ['why', name, key, JSON.stringify(counted)],
    queryFn: ({ signal }) => explain(name, counted!, key, signal),
    enabled: key !== null && counted !== null,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const told = key === null || error ? undefined : data;
  useEffect(() => {
    const state = preview.state.get();
    preview.state.set({ ...state, why: told ? whyOf(told, state.places) : null });
  }, [told, preview]);
  const keyType = words.field('_key')?.type ?? 'int';
  return (
    <WhyView
      asked={key}
      told={told}
      fault={error?.message}
      dataset={name}
      zone={words.dataset.time_zone}
      ask={(text) => asked.set(text === null ? null : literal(text, keyType))}
    />
  );
}

interface View {
  asked: Json | null;
  told?: Explained;
  fault?: string;
  dataset: string;
  zone: string;
  ask: (key: string | null) => void;
}

export function WhyView({ asked, told, fault, dataset, zone, ask }: View) {
  const id = useId();
  const [typed, type] = useState('');
  useEffect(() => type(shown(asked ?? undefined)), [asked]);
  return (
    <section className="card why-card" aria-labelledby={id}>
      <h2 className="card-title" id={id}>
        Why in or out?
      </h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          ask(typed.trim() || null);
        }}
      >
        <TextInput
          aria-label={`Key of a record of ${dataset}`}
          placeholder="Key of a record, then Enter"
          value={typed}
          autoComplete="off"
          onChange={(event) => type(event.currentTarget.value)}
          rightSection={
            asked !== null && (
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label="Stop asking"
                onClick={() => ask(null)}
              >
                <X size={14} aria-hidden />
              </ActionIcon>
            )
          }
        />
      </form>
      {asked !== null && fault && <p className="size-problem">{fault}</p>}
      {told && (
        <>
          <p className="why-verdict" data-holds={told.holds} role="status">
            {told.holds ? 'It is in.' : 'It is not in.'}
          </p>
          <ul className="why-list">
            <WhyNodes node={told} zone={zone} />
          </ul>
        </>
      )}
    </section>
  );
}

/** The conditions of a tree in order; groups only say where theirs begin. */
function WhyNodes({ node, zone }: { node: Explained; zone: string }) {
  const isGroup = node.children.length > 0;
  const children = node.children.map((child) => (
    <WhyNodes key={child.path} node={child} zone={zone} />
  ));
  if (node.path === '' && isGroup) return <>{children}</>;
  const Icon = node.holds ? Check : X;
  return (
    <li>
      <span className="why-line" data-holds={node.holds}>
        <Icon size={13} aria-label={node.holds ? 'holds' : 'does not hold'} />
        <span>
          {isGroup ? <i>{groupWord(node)}</i> : node.text}
          {!isGroup && node.value !== undefined && (
            <small> it has {valueText(node.value, zone)}</small>
          )}
        </span>
      </span>
      {isGroup && <ul>{children}</ul>}
    </li>
  );
}

function groupWord(node: Explained): string {
  const step = node.children[0]!.path.slice(node.path.length).split('/')[1];
  return step === 'any' ? 'any of' : step === 'not' ? 'not' : 'all of';
}

/** The builder of one dataset: a draft, its live counts, and everything drawn from the two. */

import { useHotkeys } from '@mantine/hooks';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Dataset } from '../../api/types';
import { raw, type Group } from '../../condition/nodes';
import { find, replace } from '../../condition/tree';
import { onNewField, type Vocabulary } from '../../condition/vocabulary';
import { fromWire } from '../../condition/read';
import { isObject, showJson, type Json } from '../../condition/json';
import { useCommands, useServices, type Services } from '../../shell/services';
import { createStore, useStore } from '../../store';
import { FormulaDialog } from '../formula/FormulaDialog';
import { BuilderHead } from './BuilderHead';
import { menuCommands, paletteCommands } from './commands';
import { BuilderProvider } from './context';
import { asJson, createDraft, firstTree, keep, type Draft } from './draft';
import { JsonDialog } from './JsonDialog';
import { KeysCard } from './KeysCard';
import { MembersCard } from './MembersCard';
import { markEdit, markPaint } from './paint';
import { createPreview, type Preview } from './preview';
import { SizeCard } from './SizeCard';
import { TreeEditor } from './TreeEditor';
import { useKeys } from './useKeys';
import { WhyCard } from './WhyCard';
import './builder.css';

/** Time passes and data changes: counts that nobody edits are asked for again. */
const REFRESH_MS = 30_000;

/** What is open over the page: the whole condition, or one raw node, as JSON. */
type Open = { node: string | null } | null;
/** A formula field being written, and the row that will be about it. */
type Writing = { node: string; dataset: string; name?: string };

export function Builder({ words, datasets }: { words: Vocabulary; datasets: Dataset[] }) {
  const services = useServices();
  const box = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<Open>(null);
  const [writing, write] = useState<Writing | null>(null);
  const before = useRef<Draft>(null);
  // A schema that has changed gives new words, and the tree goes on where it was.
  const { draft, preview } = useMemo(() => {
    const opened = openDraft(services, words, before.current?.history.get().now);
    before.current = opened.draft;
    return opened;
  }, [services, words]);
  const keys = useKeys(box, draft, services.settings, words);
  const parts = useMemo(
    () => ({
      words,
      draft,
      preview,
      asked: createStore<Json | null>(null),
      hops: 0,
      scope: draft.history.get().now.id,
      ...keys,
      newFormula: (node: string, dataset: string) => write({ node, dataset }),
      editRaw: (node: string) => setOpen({ node }),
    }),
    [words, draft, preview, keys],
  );
  const commands = useMemo(
    () => menuCommands(draft, words, () => setOpen({ node: null })),
    [draft, words],
  );
  useCommands(
    useMemo(() => [...paletteCommands(draft, keys.add), ...commands], [draft, keys, commands]),
  );
  useAsking(draft, preview, services);
  useUndoKeys(draft);
  useEffect(() => {
    const name = writing?.name;
    if (!name || !words.of(writing.dataset).field(name)) return;
    draft.edit((tree) => onNewField(tree, writing.node, words.of(writing.dataset), name));
    write(null);
  }, [writing, words, draft]);
  const link = useStore(services.live.state, (state) => state);
  return (
    <BuilderProvider value={parts}>
      <div className="builder">
        <BuilderHead datasets={datasets} commands={commands} />
        <div className="builder-main">
          <TreeEditor box={box} />
        </div>
        <aside className="builder-side" aria-label="Size, one record, keys">
          <SizeCard link={link} />
          <WhyCard />
          <KeysCard />
        </aside>
        <div className="builder-below">
          <MembersCard />
        </div>
      </div>
      {writing && !writing.name && (
        <FormulaDialog
          dataset={words.of(writing.dataset).dataset}
          close={() => write(null)}
          onSaved={(name) => write({ ...writing, name })}
        />
      )}
      {open && <JsonOf open={open} close={() => setOpen(null)} draft={draft} words={words} />}
    </BuilderProvider>
  );
}

function openDraft(
  { live, kept, newId }: Services,
  words: Vocabulary,
  before?: Group,
): { draft: Draft; preview: Preview } {
  const preview = createPreview(live, words, (run, ms) => {
    setTimeout(run, ms);
  });
  const first = before ?? firstTree(words.dataset.name, location.hash, kept, newId);
  let edit = 0;
  const draft = createDraft(first, {
    newId,
    now: () => performance.now(),
    changed: (tree) => {
      markEdit((edit += 1));
      preview.ask(tree);
      setTimeout(() => keep(tree, words, kept));
    },
  });
  return { draft, preview };
}

/** Asks for the first counts, and marks when those of each edit are on the screen. */
function useAsking(draft: Draft, preview: Preview, { live }: Services): void {
  useEffect(() => {
    preview.ask(draft.history.get().now);
    let painted = 0;
    const unsubscribe = preview.state.subscribe(() => {
      const { stale, edit } = preview.state.get();
      if (stale || edit === painted) return;
      painted = edit;
      markPaint(edit);
    });
    const again = () => {
      if (!document.hidden) preview.refresh();
    };
    const timer = setInterval(again, REFRESH_MS);
    window.addEventListener('focus', again);
    if (location.hash) history.replaceState(history.state, '', location.pathname + location.search);
    return () => {
      unsubscribe();
      clearInterval(timer);
      window.removeEventListener('focus', again);
      live.forget();
    };
  }, [draft, preview, live]);
}

/** Undo and redo anywhere but in an input with text, where the keys are the browser's own. */
function useUndoKeys(draft: Draft): void {
  const unlessTyping = (run: () => void) => (event: KeyboardEvent) => {
    const input =
      event.target instanceof HTMLElement ? event.target.closest('input, textarea') : null;
    if (
      input &&
      (input as HTMLInputElement).value !== '' &&
      (input as HTMLInputElement).type !== 'radio'
    )
      return;
    event.preventDefault();
    run();
  };
  const quiet = { preventDefault: false };
  useHotkeys(
    [
      ['mod+Z', unlessTyping(draft.undo), quiet],
      ['mod+shift+Z', unlessTyping(draft.redo), quiet],
      ['mod+Y', unlessTyping(draft.redo), quiet],
    ],
    [],
  );
}

function JsonOf({
  open,
  close,
  draft,
  words,
}: {
  open: NonNullable<Open>;
  close: () => void;
  draft: Draft;
  words: Vocabulary;
}) {
  const tree = draft.history.get().now;
  const node = open.node === null ? undefined : find(tree, open.node)?.node;
  const text = node?.kind === 'raw' ? showJson(node.json) : asJson(tree, words);
  const apply = (json: Json) =>
    draft.edit(
      (now) =>
        node?.kind === 'raw'
          ? replace(now, node.id, {
              ...node,
              ...raw(node.id, isObject(json) ? json : { condition: json }),
              not: node.not,
              muted: node.muted,
            })
          : fromWire(json, draft.newId),
      'Condition replaced',
    );
  return (
    <JsonDialog
      title={node ? 'One condition as JSON' : 'The condition as JSON'}
      text={text}
      onApply={apply}
      onClose={close}
    />
  );
}

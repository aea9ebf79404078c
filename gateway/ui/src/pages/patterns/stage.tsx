/** A builder without a server: a draft that may be played with, and counts that stand still. */

import { useMemo, type ReactNode } from 'react';
import type { Problem } from '../../api/types';
import { datasets, operators, shoppers } from '../../condition/fixtures';
import type { Json } from '../../condition/json';
import { group, type Node } from '../../condition/nodes';
import { vocabulary } from '../../condition/vocabulary';
import { useServices } from '../../shell/services';
import { createStore, useStore } from '../../store';
import { BuilderProvider, type BuilderParts } from '../builder/context';
import { createDraft } from '../builder/draft';
import { GroupBox } from '../builder/GroupBox';
import { NOTHING, type PreviewState } from '../builder/preview';
import type { Why } from '../builder/WhyNote';

export const words = vocabulary(shoppers, operators, datasets);

export interface Scene {
  nodes: Node[];
  counts?: Record<string, number>;
  problems?: Record<string, string>;
  why?: Record<string, Why>;
  stale?: boolean;
}

const problem = (message: string): Problem[] => [
  { code: 'wrong_type', path: '', id: null, message },
];

export function sceneState({
  counts = {},
  problems = {},
  why,
  stale = false,
}: Omit<Scene, 'nodes'>): PreviewState {
  return {
    ...NOTHING,
    stale,
    why: why ? new Map(Object.entries(why)) : null,
    counts: new Map(Object.entries(counts)),
    problems: new Map(Object.entries(problems).map(([id, message]) => [id, problem(message)])),
    size: { count: counts.root ?? 0, total: shoppers.records, elapsedMs: 8.4, shownMs: 21 },
  };
}

/** The nodes as the children of a root, in a builder of their own. */
export function Stage({ scene, children }: { scene: Scene; children?: ReactNode }) {
  const { newId } = useServices();
  const parts = useMemo((): BuilderParts => {
    const draft = createDraft(group('root', 'all', scene.nodes), {
      now: () => 0,
      newId,
      changed: () => undefined,
    });
    return {
      words,
      asked: createStore<Json | null>(null),
      hops: 0,
      scope: 'root',
      draft,
      preview: {
        state: createStore(sceneState(scene)),
        ask: () => undefined,
        refresh: () => undefined,
      },
      act: (action, id) => draft.edit((tree) => action.run(tree, id, newId)),
      add: () => undefined,
      onHandleKey: () => undefined,
      newFormula: () => undefined,
      editRaw: () => undefined,
    };
  }, [scene, newId]);
  return (
    <BuilderProvider value={parts}>
      <div className="tree" data-stale={scene.stale || undefined}>
        {children ?? <Root parts={parts} />}
      </div>
    </BuilderProvider>
  );
}

function Root({ parts }: { parts: BuilderParts }) {
  const tree = useStore(parts.draft.history, (history) => history.now);
  return <GroupBox node={tree} index={0} parent={null} depth={0} />;
}

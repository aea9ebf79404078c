import { describe, expect, it } from 'vitest';
import type { Live, Reply } from '../../api/live';
import type { Question } from '../../api/types';
import { operators, shoppers } from '../../condition/fixtures';
import { group, rule } from '../../condition/nodes';
import { vocabulary } from '../../condition/vocabulary';
import { createPreview } from './preview';

const words = vocabulary(shoppers, operators);
const tree = group('root', 'all', [
  rule('a', 'state', 'is', 'CA'),
  { ...rule('b', 'orders', 'gte', 'x'), not: true },
]);

function setUp() {
  const asked: Question[] = [];
  const waiting: (() => void)[] = [];
  let reply: (reply: Reply) => void = () => undefined;
  const live = {
    ask: (question: Question, heard: typeof reply) => {
      asked.push(question);
      reply = heard;
    },
  };
  const preview = createPreview(live as Live, words, (run) => {
    waiting.push(run);
  });
  return {
    asked,
    preview,
    waiting,
    answer: (count: number, perNode: Record<string, number> = {}) =>
      reply({
        elapsedMs: 5,
        answer: {
          count,
          total: 100,
          per_node: perNode,
          resolved: { '/all/0': 'x/y' },
          elapsed_ms: 1,
        },
      }),
    busy: () =>
      reply({ elapsedMs: 5, problems: [{ code: 'overloaded', path: '', message: 'Busy' }] }),
    refuse: (...paths: string[]) =>
      reply({
        elapsedMs: 5,
        problems: paths.map((path) => ({ code: 'wrong_type', path, message: 'Write a number' })),
      }),
  };
}

describe('the preview', () => {
  it('puts counts and resolved times on their nodes', () => {
    const { preview, answer } = setUp();
    preview.ask(tree);
    answer(7, { '/all/0': 20, '/all/1': 30, '/all/1/not': 70 });
    const { counts, resolved, size, stale } = preview.state.get();
    expect([...counts]).toEqual(
      expect.arrayContaining([
        ['root', 7],
        ['a', 20],
        ['b', 30],
      ]),
    );
    expect(resolved.get('a')).toBe('x/y');
    expect(size).toMatchObject({ count: 7, total: 100 });
    expect(stale).toBe(false);
  });
  it('marks an answer to an older edit as stale', () => {
    const { preview, answer } = setUp();
    preview.ask(tree);
    answer(7);
    preview.ask(tree);
    expect(preview.state.get()).toMatchObject({ stale: true, size: { count: 7 } });
  });
  it('puts problems on their rows and counts the rest', () => {
    const { preview, asked, answer, refuse } = setUp();
    preview.ask(tree);
    refuse('/all/1/not/value');
    expect(asked[1]!.condition).toEqual({ all: [{ field: 'state', op: 'is', value: 'CA' }] });
    answer(20);
    const { problems, size, stale } = preview.state.get();
    expect(problems.get('b')).toMatchObject([{ message: 'Write a number' }]);
    expect(size?.count).toBe(20);
    expect(stale).toBe(false);
  });
  it('asks again a little later when the server is busy', () => {
    const { preview, asked, waiting, busy } = setUp();
    preview.ask(tree);
    busy();
    expect(preview.state.get().problems.size).toBe(0);
    waiting[0]!();
    expect(asked).toHaveLength(2);
  });
  it('counts again without fading the numbers', () => {
    const { preview, asked, answer } = setUp();
    preview.refresh();
    preview.ask(tree);
    answer(7);
    preview.refresh();
    expect(asked).toHaveLength(2);
    expect(preview.state.get().stale).toBe(false);
  });
  it('does not ask again when the whole is refused', () => {
    const { preview, asked, refuse } = setUp();
    preview.ask(tree);
    refuse('');
    expect(asked).toHaveLength(1);
    expect(preview.state.get().problems.has('root')).toBe(true);
  });
});

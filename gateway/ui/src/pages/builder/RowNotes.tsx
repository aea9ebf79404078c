/** Under a row: what is wrong with it, the time a window stands for, and options it carries. */

import { CircleAlert } from 'lucide-react';
import type { Problem } from '../../api/types';
import { shown } from '../../condition/values';
import type { Node } from '../../condition/tree';
import { range } from '../../parts/format';
import { useStore } from '../../store';
import { useBuilder } from './context';

const SHOWN_ELSEWHERE = ['id', 'calendar'];

export function RowNotes({ node }: { node: Node }) {
  const { preview, words } = useBuilder();
  const problems = useStore(preview.state, (state) => state.problems.get(node.id));
  const resolved = useStore(preview.state, (state) => state.resolved.get(node.id));
  const extra = Object.entries({ ...node.extra, ...node.outer }).filter(
    ([key]) => !SHOWN_ELSEWHERE.includes(key),
  );
  if (!problems && !resolved && !extra.length) return null;
  return (
    <div className="row-notes">
      {problems?.map((problem) => (
        <ProblemLine key={problem.code + problem.path} problem={problem} />
      ))}
      {resolved && !problems && (
        <span className="row-note">
          {range(resolved, words.dataset.time_zone)} ({words.dataset.time_zone})
        </span>
      )}
      {extra.map(([key, value]) => (
        <span key={key} className="row-chip">
          {optionText(key, shown(value))}
        </span>
      ))}
    </div>
  );
}

export const ProblemLine = ({ problem }: { problem: Pick<Problem, 'message'> }) => (
  <span className="row-problem" role="alert">
    <CircleAlert size={14} aria-hidden /> {problem.message}
  </span>
);

function optionText(key: string, value: string): string {
  if (key === 'nulls' && value === 'exclude') return 'without records that have no value';
  if (key === 'case_sensitive' && value === 'false') return 'any case';
  if (key === 'value_field') return `compared with ${value}`;
  return key === 'note' ? value : `${key.replaceAll('_', ' ')}: ${value}`;
}

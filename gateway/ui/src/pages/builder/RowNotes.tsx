/** Under a row: what is wrong with it, the time a window stands for, and options it carries. */

import { CircleAlert, X } from 'lucide-react';
import type { Problem } from '../../api/types';
import { isObject } from '../../condition/json';
import { shown } from '../../condition/literals';
import type { Node, Rule } from '../../condition/nodes';
import { patchRule } from '../../condition/tree';
import { range } from '../../parts/format';
import { Picker } from '../../parts/Picker';
import { Toggle } from '../../parts/Toggle';
import { useStore } from '../../store';
import { useBuilder } from './context';
import { OPTIONS, optionText } from './options';
import { WhyNote } from './WhyNote';
import './row-notes.css';

const SHOWN_ELSEWHERE = ['id', 'calendar', 'tz', 'value_field'];

export function RowNotes({ node }: { node: Node }) {
  const { preview, words } = useBuilder();
  const problems = useStore(preview.state, (state) => state.problems.get(node.id));
  const resolved = useStore(preview.state, (state) => state.resolved.get(node.id));
  const why = useStore(preview.state, (state) => state.why?.get(node.id));
  const extra = Object.entries({ ...node.extra, ...node.outer }).filter(
    ([key]) => !SHOWN_ELSEWHERE.includes(key),
  );
  const time = node.kind === 'rule' && words.operator(node.op)?.options.includes('calendar');
  const zone = node.kind === 'rule' ? node.extra.tz : undefined;
  if (!problems && !resolved && !extra.length && !time && zone === undefined && !why) return null;
  return (
    <div className="row-notes">
      {problems?.map((problem) => (
        <ProblemLine key={problem.code + problem.path} problem={problem} />
      ))}
      {why && <WhyNote why={why} zone={shown(zone) || words.dataset.time_zone} />}
      {resolved && !problems && (
        <span className="row-note">
          {range(resolved, shown(zone) || words.dataset.time_zone)}
          {zone === undefined && ` (${words.dataset.time_zone})`}
        </span>
      )}
      {zone !== undefined && <ZonePicker node={node as Rule} />}
      {time && <CalendarToggle node={node as Rule} />}
      {extra.map(([key, value]) => (
        <OptionChip key={key} {...{ node, name: key, text: optionText(key, value) }} />
      ))}
    </div>
  );
}

export const ProblemLine = ({ problem }: { problem: Pick<Problem, 'message'> }) => (
  <span className="row-problem" role="alert">
    <CircleAlert size={14} aria-hidden /> {problem.message}
  </span>
);

/** An option in words; what this page can switch can be taken away right here. */
function OptionChip({ node, name, text }: { node: Node; name: string; text: string }) {
  const { draft } = useBuilder();
  const { [name]: _, ...others } = node.extra;
  const known = node.kind === 'rule' && OPTIONS.some((option) => option.key === name);
  const drop = () =>
    draft.edit((tree) => patchRule(tree, node.id, { extra: others }), 'Option removed');
  return (
    <span className="row-chip">
      {text}
      {known && (
        <button type="button" aria-label={`Remove: ${text}`} onClick={drop}>
          <X size={12} aria-hidden />
        </button>
      )}
    </span>
  );
}

function CalendarToggle({ node }: { node: Rule }) {
  const { draft } = useBuilder();
  const unit = (isObject(node.value) && shown(node.value.unit)) || 'day';
  const { calendar, ...others } = node.extra;
  return (
    <Toggle
      label={`How ${unit}s are counted`}
      choices={[
        { value: 'elapsed', label: 'to the minute', help: 'From this very moment on or back' },
        {
          value: 'whole',
          label: `whole ${unit}s`,
          help: `Whole ${unit}s, the current one included`,
        },
      ]}
      value={calendar === true ? 'whole' : 'elapsed'}
      onPick={(how) =>
        draft.edit((tree) =>
          patchRule(tree, node.id, {
            extra: how === 'whole' ? { ...others, calendar: true } : others,
          }),
        )
      }
    />
  );
}

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')].map(
  (zone) => ({ value: zone, label: zone.replaceAll('_', ' ') }),
);

function ZonePicker({ node }: { node: Rule }) {
  const { draft } = useBuilder();
  return (
    <Picker
      label="Time zone"
      value={shown(node.extra.tz)}
      choices={ZONES}
      search="Search time zones"
      className="row-zone"
      wide
      onPick={(tz) =>
        draft.edit((tree) => patchRule(tree, node.id, { extra: { ...node.extra, tz } }))
      }
    />
  );
}

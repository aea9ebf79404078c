/** Member of a saved segment or not: the current one, or an older version of it. */

import { memo } from 'react';
import type { Membership } from '../../condition/nodes';
import { replace } from '../../condition/tree';
import { number } from '../../parts/format';
import { Picker, type Choice } from '../../parts/Picker';
import { useSegmentsOf, useVersions } from '../../api/segment-queries';
import { useBuilder } from './context';
import { Row } from './Row';
import { SubjectPicker } from './SubjectPicker';

interface Props {
  node: Membership;
  index: number;
  parent: string;
}

const IS_MEMBER: readonly Choice[] = [
  { value: 'in', label: 'is a member of' },
  { value: 'out', label: 'is no member of' },
];
const CURRENT = 'current';

export const SegmentRow = memo(function SegmentRow({ node, index, parent }: Props) {
  const { words, draft } = useBuilder();
  const { data = [], error } = useSegmentsOf(words.dataset.name);
  const found = data.find((one) => one.id === node.segment);
  const put = (next: Partial<Membership>) =>
    draft.edit((tree) => replace(tree, node.id, { ...node, ...next }));
  return (
    <Row {...{ node, index, parent }} what={`condition on ${found?.name ?? 'a segment'}`}>
      <SubjectPicker node={node} />
      <div className="rule-value">
        <Picker
          label="Member or not"
          value={node.not ? 'out' : 'in'}
          choices={IS_MEMBER}
          className="rule-operator"
          wide
          onPick={(how) => put({ not: how === 'out', outer: {} })}
        />
        <Picker
          label="Segment"
          value={node.segment}
          choices={data.map((one) => ({
            value: one.id,
            label: one.name,
            also: [one.id, ...one.tags].join(' '),
            help: one.description || undefined,
            aside: one.size === null ? undefined : number(one.size),
          }))}
          placeholder={error ? 'Segments can’t be listed' : 'Choose a segment'}
          search="Search segments"
          className="segment"
          wide
          onPick={(segment) => put({ segment, version: null })}
        />
        {node.segment && <VersionPicker node={node} put={put} />}
      </div>
    </Row>
  );
});

interface Version {
  node: Membership;
  put: (next: Partial<Membership>) => void;
}

function VersionPicker({ node, put }: Version) {
  const { data = [] } = useVersions(node.segment);
  const pinned = node.version === null ? [] : [node.version];
  const all = [...new Set([...data.map((one) => one.version), ...pinned])];
  const choices = [
    { value: CURRENT, label: 'as it is now', help: 'follows every change of its definition' },
    ...all
      .toSorted((one, two) => two - one)
      .map((version) => ({ value: String(version), label: `version ${version}` })),
  ];
  return (
    <Picker
      label="Version of the segment"
      value={node.version === null ? CURRENT : String(node.version)}
      choices={choices}
      className="segment-version"
      wide
      onPick={(version) => put({ version: version === CURRENT ? null : Number(version) })}
    />
  );
}

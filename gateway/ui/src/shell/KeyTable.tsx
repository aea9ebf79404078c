/** Every key there is, from the one table of actions. */

import { Fragment } from 'react';
import { ACTIONS } from '../pages/builder/actions';
import './key-table.css';

interface Key {
  shown: string;
  help: string;
}

const ROW: readonly Key[] = [
  { shown: '↑ ↓', help: 'go between rows' },
  ...ACTIONS.map(({ shown, help }) => ({ shown, help })),
];

const EVERYWHERE: readonly Key[] = [
  { shown: 'Ctrl K', help: 'find or do anything' },
  { shown: 'Ctrl Z', help: 'undo' },
  { shown: 'Ctrl Shift Z', help: 'redo' },
  { shown: 'Ctrl J', help: 'light or dark' },
  { shown: '?', help: 'this list' },
];

export const KeyTable = ({ scope }: { scope: 'row' | 'everywhere' }) => (
  <dl className="key-table">
    {(scope === 'row' ? ROW : EVERYWHERE).map((key) => (
      <Fragment key={key.shown}>
        <dt>
          {key.shown.split(' ').map((one) => (
            <kbd key={one}>{one}</kbd>
          ))}
        </dt>
        <dd>{key.help}</dd>
      </Fragment>
    ))}
  </dl>
);

/** Every part in every state, without a server: for eyes, for pictures and for tests. */

import { NavPatterns } from './NavPatterns';
import { RowPatterns } from './RowPatterns';
import { CardPatterns } from './CardPatterns';
import { ControlPatterns } from './ControlPatterns';
import './patterns.css';

export const PatternsPage = () => (
  <div className="patterns">
    <h1>Patterns</h1>
    <p className="sentence">
      Every part of this page in each of its states. The data is made up; nothing here is counted.
    </p>
    <RowPatterns />
    <ControlPatterns />
    <CardPatterns />
    <NavPatterns />
  </div>
);

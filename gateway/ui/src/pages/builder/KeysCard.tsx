/** The keys, beside the tree where there is room for them. */

import { KeyTable } from '../../shell/KeyTable';

export const KeysCard = () => (
  <section className="card keys-card" aria-labelledby="keys-title">
    <h2 className="card-title" id="keys-title">
      Keys on a row’s handle
    </h2>
    <KeyTable scope="row" />
  </section>
);

/** A part in one state, with the state's name. */

import type { ReactNode } from 'react';

export const Section = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className="pattern-section">
    <h2>{title}</h2>
    <div className="pattern-grid">{children}</div>
  </section>
);

export const Pattern = ({
  name,
  wide,
  children,
}: {
  name: string;
  wide?: boolean;
  children: ReactNode;
}) => (
  <figure className="pattern" data-wide={wide || undefined}>
    <figcaption>{name}</figcaption>
    <div className="pattern-body">{children}</div>
  </figure>
);

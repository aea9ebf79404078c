/** The product's mark: a compass needle, which is also a cardinal's crest. */

export const Mark = ({ size = 20 }: { size?: number }) => (
  <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
    <path d="M16 2 28 28 16 22 4 28z" fill="var(--accent)" />
  </svg>
);

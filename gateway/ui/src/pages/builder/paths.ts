/** Where the builder of a dataset is, and that of a segment of it. */
export const pathOf = (dataset: string): string => `/build/${encodeURIComponent(dataset)}`;

export const pathOfSegment = ({ id, dataset }: { id: string; dataset: string }): string =>
  `${pathOf(dataset)}?segment=${encodeURIComponent(id)}`;

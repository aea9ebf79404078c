/** Where the builder of a dataset is. */
export const pathOf = (dataset: string): string => `/build/${encodeURIComponent(dataset)}`;

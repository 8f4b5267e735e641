/** The key that all lists of datasets begin with. */
export const DATASETS = ["datasets"] as const;

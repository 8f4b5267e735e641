/** The key that all lists of write jobs begin with. */
export const RECORD_JOBS = ["record-jobs"] as const;

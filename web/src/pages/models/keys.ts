/** The keys that all lists of models, and of the jobs that fit them, begin with. */
export const MODELS = ["models"] as const;
export const FITS = ["fits"] as const;

/** The fit job that makes a model, and the model that a fit job makes, have the same number. */
export const fitOf = (modelId: string): string => modelId.replace(/^model_/, "job_");

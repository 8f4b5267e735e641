import { ServiceError } from "./problem";

const TRIES = 12;
const SOON_MS = 500;

/** A job that has just ended is cleaned up for a moment, and cannot be begun again until that is done. */
export async function patiently<T>(act: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof ServiceError) || error.status !== 409 || tries === TRIES) throw error;
      await new Promise((wake) => setTimeout(wake, SOON_MS));
    }
  }
}

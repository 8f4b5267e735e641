import { QueryClient } from "@tanstack/react-query";

import { problemOf } from "@/service/problem";

/** What the service says no to is not asked again; what did not come through is, twice. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => {
        const { status } = problemOf(error);
        return failures < 2 && (status === 0 || status >= 500);
      },
      retryDelay: (attempt) => Math.min(4_000, 500 * 2 ** attempt),
    },
    mutations: { retry: false },
  },
});

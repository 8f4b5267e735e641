import { useQueryClient } from "@tanstack/react-query";

import { getGenerationQueryKey, listPublicationsQueryKey } from "@/api/@tanstack/react-query.gen";

/** Lets what is shown of a generation be asked anew. */
export function useChanged(id: string): () => void {
  const queries = useQueryClient();
  const path = { generation_id: id };
  return () => {
    void queries.invalidateQueries({ queryKey: listPublicationsQueryKey({ path }) });
    void queries.invalidateQueries({ queryKey: getGenerationQueryKey({ path }) });
  };
}

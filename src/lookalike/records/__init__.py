"""Records: what an LLM writes to a schema, from instructions, rows, documents, or a fitted table model."""

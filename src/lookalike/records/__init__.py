"""Records: what a language model writes to a schema, from instructions, rows, documents, or a table model.

`lookalike.verbs.write` is the way in. Where the work of a job is kept is passed in: a `Sink`.
"""

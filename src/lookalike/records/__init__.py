"""Records with text in them, written by a language model to a schema; nothing that was paid for is lost.

`lookalike.verbs.write` is the way in. Where the work of a job is kept is passed in: a `Sink`.
"""

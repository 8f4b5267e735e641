"""The REST API of one installation: one module per noun, auth, events."""

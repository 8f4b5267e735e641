"""The REST API: one module per noun, each a router; `app.make_app` puts them together."""

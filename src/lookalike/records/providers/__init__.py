"""Adapters: one attempt at one kind of API, in its own words. No vendor's SDK."""

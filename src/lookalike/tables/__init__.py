"""Untrusted bytes to typed Arrow tables, and Arrow batches back to files."""

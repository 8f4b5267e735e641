"""Uploaded files → items that records are written from: rows of tables, passages of documents.

for item in read_items("handbook.pdf", cut=Cut(size=1200, overlap=150)):
    item.fields["text"], item.source.page, item.source.offset
"""

from __future__ import annotations

from lookalike.records.documents.items import Item, Source
from lookalike.records.documents.limits import DocumentLimits
from lookalike.records.documents.passages import Cut
from lookalike.records.documents.read import SUFFIXES, read_items

__all__ = ["SUFFIXES", "Cut", "DocumentLimits", "Item", "Source", "read_items"]

"""Files become items: rows of tables, passages of documents, each with where it stands."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import paper
from lookalike.errors import BadDocument, BadTable, UsageError
from lookalike.records.documents import Cut, DocumentLimits, Item, read_items

TEXT = "Rivers carry silt.\n\nDeltas grow. They sink, too! Do they? Yes.\n\nThe sea takes the rest."


def items(data: bytes, name: str, **options: Any) -> list[Item]:
    return list(read_items(io.BytesIO(data), name=name, **options))


def texts(data: bytes, name: str, **options: Any) -> list[str]:
    return [item.fields["text"] for item in items(data, name, **options)]


def test_a_passage_says_which_file_and_which_characters_it_is(tmp_path: Path) -> None:
    path = tmp_path / "rivers.txt"
    path.write_text(TEXT)
    found = list(read_items(path, cut=Cut(size=30, overlap=0)))
    assert len(found) > 3
    for number, item in enumerate(found, start=1):
        source = item.source
        assert (source.file, source.number, source.page) == ("rivers.txt", number, None)
        assert source.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
        assert source.offset is not None
        assert source.length is not None
        assert item.fields["text"] == TEXT[source.offset : source.offset + source.length]


@pytest.mark.parametrize("name", ["a.md", "a.markdown", "a.text"])
def test_markdown_is_read_as_the_text_that_it_is(name: str) -> None:
    assert texts(b"# Head\r\n\r\n- *one*", name) == ["# Head\n\n- *one*"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_read_in_whatever_encoding_it_is(encoding: str) -> None:
    assert texts("Größe, naïve – “so”".encode(encoding), "a.txt") == ["Größe, naïve – “so”"]


def test_html_gives_what_a_reader_sees() -> None:
    page = b"""<!DOCTYPE html><html><head><title>No</title><style>p {}</style></head><body>
    <!-- <p>no</p> --><h1>Rivers &amp; seas</h1><p>One <b>bold</b>
    line<br>and another.<script>if (a < b) "</p>no"</script><p title="a > b">Next &lt;
    <table><tr><td>a</td><td>b</td></tr></table>5 < 6"""
    assert texts(page, "a.html") == [
        "Rivers & seas\n\nOne bold line\nand another.\n\nNext <\n\na\tb\n\n5 < 6"
    ]


def test_html_says_its_encoding_itself() -> None:
    page = '<meta charset="iso-8859-2"><p>łódź'.encode("iso-8859-2")
    assert texts(page, "a.htm") == ["łódź"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_pdf_is_read_page_by_page(packed: bool) -> None:
    data = paper.pdf(["Rivers carry silt.", "", "Deltas (grow)."], packed=packed)
    found = items(data, "a.pdf")
    told = [(item.fields["text"], item.source.page, item.source.number, item.source.offset) for item in found]
    assert told == [("Rivers carry silt.", 1, 1, 0), ("Deltas (grow).", 3, 2, 0)]


def test_a_word_document_gives_its_paragraphs_and_tables_without_what_was_deleted() -> None:
    inside = (
        "<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:r><w:t>kept</w:t><w:tab/><w:t>x</w:t>"
        "</w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc>"
        "<w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    )
    data = paper.docx(["Rivers &amp; seas.", "Deltas."], inside=inside)
    (found,) = texts(data, "a.docx")
    assert found == "Rivers & seas.\n\nDeltas.\n\nkept\tx\n\na \tb"


def test_rows_keep_numbers_and_truth_values_and_spell_the_rest() -> None:
    data = b"age,when,ok,name\n31,2024-02-01,true,Ann\n44,2024-03-05,false,\n"
    found = items(data, "t.csv")
    assert [dict(item.fields) for item in found] == [
        {"age": 31, "when": "2024-02-01", "ok": True, "name": "Ann"},
        {"age": 44, "when": "2024-03-05", "ok": False, "name": None},
    ]
    assert [item.source.number for item in found] == [1, 2]
    assert found[0].source.offset is None


def test_json_lines_and_parquet_are_rows_too() -> None:
    lines = b'{"q": "why", "n": 1.5}\n{"q": "how", "n": null}\n'
    expected = [{"q": "why", "n": 1.5}, {"q": "how", "n": None}]
    assert [dict(item.fields) for item in items(lines, "t.jsonl")] == expected
    held = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([json.loads(line) for line in lines.splitlines()]), held)
    assert [dict(item.fields) for item in items(held.getvalue(), "t.parquet")] == expected


def test_a_table_that_cannot_be_read_says_where() -> None:
    with pytest.raises(BadTable) as caught:
        items(b'{"a": 1}\n{"a": \n', "t.jsonl")
    assert caught.value.row == 2


# Bad and hostile files


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.pdf", b"no pdf", "no PDF"),
        ("a.docx", b"PK\x03\x04 but no zip", "no DOCX"),
        ("a.docx", paper.zipped({"x.txt": "a"}), "no DOCX"),
        ("a.xyz", b"what is it", "does not say"),
        ("a.txt", b"\x00\x01\x02\x03" * 100, "not text"),
        ("a.txt", b"\xff\xfe\x00\xd8", "UTF-16"),
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\n ", "no text"),
        ("a.html", b"<p></p>", "no text"),
        ("a.pdf", paper.pdf(["", ""]), "no text"),
        ("a.pdf", b"%PDF-1.4\nnothing else", "damaged"),
        ("a.pdf", paper.pdf(["x"])[:200], "damaged"),
        ("a.docx", paper.docx(["x"])[:-40], "no DOCX"),
        ("a.docx", paper.zipped({"word/document.xml": "<w:document"}), "damaged"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_by_name(name: str, data: bytes, said: str) -> None:
    with pytest.raises(BadDocument, match=said) as caught:
        items(data, name)
    assert caught.value.file == name


def test_a_damaged_page_is_named() -> None:
    with pytest.raises(BadDocument) as caught:
        items(paper.pdf(["good", "bad", "good"], damaged=2), "a.pdf")
    assert caught.value.page == 2
    assert caught.value.place() == "a.pdf, page 2"


def test_a_pdf_that_unpacks_to_gigabytes_is_refused_fast() -> None:
    data = paper.pdf_bomb(1 << 30)
    assert len(data) < 2 << 20
    begun = time.monotonic()
    with pytest.raises(BadDocument) as caught:
        items(data, "a.pdf")
    assert caught.value.page == 1
    assert time.monotonic() - begun < 20


def test_a_word_document_that_unpacks_to_more_than_may_be_is_refused() -> None:
    data = paper.docx(["x" * 2_000_000])
    with pytest.raises(BadDocument, match="unpacks"):
        items(data, "a.docx", limits=DocumentLimits(max_bytes=1_000_000))


def test_entities_are_not_expanded() -> None:
    head = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    with pytest.raises(BadDocument, match="document type"):
        items(paper.docx(["&b;"], head=head), "a.docx")


@pytest.mark.parametrize(
    "piece", ["<", "<a '", '<a "', "<!--", "<script>", "\t", "&", "</", "<b ", "<p title='", "<!["]
)
def test_html_takes_time_by_its_length_and_no_more(piece: str) -> None:
    page = piece * (1_000_000 // len(piece))
    begun = time.monotonic()
    items(f"<p>x{page}".encode(), "a.html")
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (DocumentLimits(max_bytes=10), "larger"),
        (DocumentLimits(max_pages=1), "2 pages"),
        (DocumentLimits(max_characters=20), "characters"),
        (DocumentLimits(max_items=1), "items"),
        (DocumentLimits(seconds=1e-9), "longer"),
    ],
)
def test_what_is_beyond_a_limit_is_refused(limits: DocumentLimits, said: str) -> None:
    with pytest.raises(BadDocument, match=said):
        items(paper.pdf(["Rivers carry silt.", "Deltas grow."]), "a.pdf", limits=limits)


@pytest.mark.parametrize("keep", range(0, 1400, 61))
def test_a_pdf_cut_off_anywhere_is_read_or_refused(keep: int) -> None:
    data = paper.pdf(["Rivers carry silt.", "Deltas grow."])[:keep]
    with contextlib.suppress(BadDocument):
        items(data, "a.pdf", limits=DocumentLimits(seconds=20))


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(UsageError):
        DocumentLimits(max_pages=0)

"""Documents made for tests, byte by byte: PDF and DOCX, whole and hostile."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Sequence

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf(
    pages: Sequence[str], *, packed: bool = False, damaged: int | None = None, content: bytes | None = None
) -> bytes:
    """A PDF of these pages, a line of text for each line.

    damaged: the page whose content is nonsense. content: a stream in place of every page's own.
    """
    objects: list[bytes] = []
    count = len(pages)
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(count))
    objects.append(b"<< /Type /Catalog /Pages 2 0 R >>")
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode())
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for number, text in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(content or _stream(_shown(text), packed=packed, damaged=damaged == number + 1))
    return _filed(objects)


def pdf_bomb(size_bytes: int) -> bytes:
    """A PDF whose one page unpacks to so many bytes."""
    deflate = zlib.compressobj(9)
    chunk = b" " * (1 << 20)
    body = b"".join(deflate.compress(chunk) for _ in range(size_bytes >> 20)) + deflate.flush()
    return pdf([""], content=_packed(body))


def docx(paragraphs: Sequence[str], *, head: str = "", inside: str = "") -> bytes:
    """A Word document of these paragraphs. head: stands before the root element; inside: raw, in its body."""
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    root = f'<w:document xmlns:w="{WORD}"><w:body>{body}{inside}</w:body></w:document>'
    xml = f'<?xml version="1.0"?>{head}{root}'
    return zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": xml})


def zipped(parts: dict[str, str | bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def _shown(text: str) -> bytes:
    lines = [line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in text.split("\n")]
    shown = " T* ".join(f"({line}) Tj" for line in lines)
    return f"BT /F1 12 Tf 14 TL 72 720 Td {shown} ET".encode("latin-1")


def _stream(content: bytes, *, packed: bool, damaged: bool) -> bytes:
    if packed or damaged:
        content = zlib.compress(content)
        if damaged:
            content = b"\xff" * len(content)
        return _packed(content)
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


def _packed(content: bytes) -> bytes:
    return b"<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


def _filed(objects: Sequence[bytes]) -> bytes:
    made = b"%PDF-1.4\n"
    places: list[int] = []
    for number, content in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return made

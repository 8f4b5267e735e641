"""Parts of files: whatever is asked for, the bytes are those of the file at that place."""

from __future__ import annotations

import secrets

from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.service.ranges import answer, attachment, headers_of

ETAG = '"abc"'
FILE = secrets.token_bytes(300)


def ask(size: int, **headers: str) -> tuple[int, bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    given_answer = answer(named, size, ETAG)
    return given_answer.status, FILE[:size][given_answer.start : given_answer.stop]


@given(size=st.integers(1, 300), first=st.integers(0, 400), length=st.integers(1, 400))
def test_a_range_within_the_file_is_those_bytes_and_one_behind_it_is_refused(
    size: int, first: int, length: int
) -> None:
    status, sent = ask(size, range=f"bytes={first}-{first + length - 1}")
    if first >= size:
        assert status == 416
    else:
        assert (status, sent) == (206, FILE[:size][first : first + length])


@given(size=st.integers(0, 300), last=st.integers(0, 400))
def test_a_suffix_is_the_last_bytes(size: int, last: int) -> None:
    status, sent = ask(size, range=f"bytes=-{last}")
    if last == 0 or size == 0:
        assert status == 416
    else:
        assert (status, sent) == (206, FILE[:size][-last:])


@given(size=st.integers(1, 300), cuts=st.lists(st.integers(1, 300), max_size=8))
def test_a_download_that_breaks_off_anywhere_and_goes_on_is_the_whole_file(
    size: int, cuts: list[int]
) -> None:
    have = b""
    for cut in cuts:
        if len(have) < size:
            _, sent = ask(size, range=f"bytes={len(have)}-", if_range=ETAG)
            have += sent[:cut]
    if len(have) < size:
        have += ask(size, range=f"bytes={len(have)}-", if_range=ETAG)[1]
    assert have == FILE[:size]


@settings(max_examples=300)
@given(text=st.text(max_size=40) | st.from_regex(r"bytes=[0-9,\- ]{0,20}", fullmatch=True))
def test_what_is_no_single_range_is_answered_with_the_whole_or_refused_but_never_breaks(text: str) -> None:
    status, sent = ask(300, range=text)
    assert status in (200, 206, 416)
    if status == 200:
        assert sent == FILE
    given_answer = answer({"range": text}, 300, ETAG)
    headers = headers_of(given_answer, 300, ETAG)
    assert headers["Accept-Ranges"] == "bytes"
    if status == 206:
        assert int(headers["Content-Length"]) == len(sent) > 0


def test_another_representation_is_sent_as_a_whole() -> None:
    assert ask(300, range="bytes=5-9", if_range='"other"') == (200, FILE)
    assert ask(300, range="bytes=5-9", if_range='W/"abc"') == (200, FILE)
    assert ask(300, range="bytes=5-9", if_range=ETAG) == (206, FILE[5:10])


def test_conditions_name_the_representation() -> None:
    assert ask(300, if_none_match=ETAG)[0] == 304
    assert ask(300, if_none_match=f'"x", W/{ETAG}')[0] == 304
    assert ask(300, if_none_match='"x"')[0] == 200
    assert ask(300, if_match='"x"')[0] == 412
    assert ask(300, if_match=f'"x", {ETAG}')[0] == 200
    assert ask(300, if_match="*")[0] == 200


@given(name=st.text(min_size=1, max_size=60))
def test_a_name_of_any_characters_is_one_header_line_of_ascii(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        return
    header = attachment(name)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2

"""The shapes of personal data: how a column writes its names, phones, addresses, as templates with weights.

A shape holds no value: names become ``{First} {Last}``, digits become ``({000}) {000}-{0000}``. What stays
is punctuation, zeros in front, a country's dialling code or IBAN letters, and titles from a fixed list;
and only of shapes that at least `FEWEST` values share.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

FEWEST = 5
MOST_SHAPES = 8
SHARE = 0.02
"""Shapes of fewer than `FEWEST` values, or of a smaller share than this, are left out."""

Shapes = list[tuple[str, int]]
"""Templates of `lookalike.tables.template` with their weights."""

_LEAD = "{[123456789]}"
_TITLE = re.compile(r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Herr|Frau|Mme|M|Sr|Sra|Sig|Dhr|Mevr)\.? ", re.IGNORECASE)
_SUFFIX = re.compile(r",? (?:Jr|Sr|II|III|IV|V|MD|PhD|DDS|DVM)\.?$", re.IGNORECASE)
_EXTENSION = re.compile(r"\s?(?:x|ext\.?|#)\s?(?=[0-9]+$)", re.IGNORECASE)
_EXAMPLE = "@example.{com|org|net}"


def shapes_of(values: Sequence[str], content: str, *, digits_limit: int | None = None) -> Shapes:
    """The shapes of ``values`` (a sample, not empty), most frequent first.

    digits_limit: the most that an integer column can hold; None for text. Always at least one shape.
    """
    shape = _SHAPE_OF[content]
    counts = Counter(shape(value.strip()) for value in values)
    if digits_limit is not None:
        counts = Counter({_as_integer(t, digits_limit): n for t, n in counts.items()})
    least = max(FEWEST, SHARE * len(values))
    kept = [(t, n) for t, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if n >= least]
    if kept:
        return kept[:MOST_SHAPES]
    return [(_DEFAULT[content], 1)] if content in _DEFAULT else _most_common(values, content, digits_limit)


def fallback(template: str, content: str, *, digits_limit: int | None = None) -> str:
    """A wider shape of the same content, for when the room beside the real values is too small."""
    if digits_limit is not None:
        return _as_integer(f"{template}{{0000}}", digits_limit)
    return _FALLBACK.get(content) or f"{template}-{{0000}}"


def _most_common(values: Sequence[str], content: str, digits_limit: int | None) -> Shapes:
    """The commonest shape of codes too few to share one, without anything but their punctuation."""
    if content == "card":
        return [(_FALLBACK[content] if digits_limit is None else "400000{000000000}0", 1)]
    if content == "iban":
        return [(_FALLBACK[content], 1)]
    counts = Counter(_mask(value.strip()) for value in values)
    template = min(counts, key=lambda t: (-counts[t], t))
    return [(template if digits_limit is None else _as_integer(template, digits_limit), 1)]


def _escape(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _mask(text: str) -> str:
    """Digits and letters as parts as long, the rest as it is: ``EC1 4SD`` → ``{AA}{0} {0}{AA}``."""

    def part(found: re.Match[str]) -> str:
        run = found.group(0)
        letter = "0" if run[0].isdigit() else "A" if run[0].isupper() else "a"
        return f"{{{letter * len(run)}}}"

    return _merged(re.sub(r"\d{1,18}|[^\W\d_]", part, _escape(text)))


def _as_integer(template: str, limit: int) -> str:
    """The digits of the template in one run that an integer column can hold, without a zero in front."""
    digits = len(re.sub(r"[^0-9]", "", re.sub(r"\[[^\]]*\]", "0", template)))
    digits = min(digits, len(str(limit)))
    if template.startswith(("4", "5", "6", "3")) and digits >= 13:  # a card keeps its issuer's first digits
        return template.replace(" ", "").replace("-", "")
    lead = "1" if digits == len(str(limit)) else _LEAD
    return lead + (f"{{{'0' * (digits - 1)}}}" if digits > 1 else "")


def _cased(text: str, template: str) -> str:
    if text.isupper():
        return re.sub(r"\{([A-Z][a-z]{3,})\}", lambda m: m.group(0).upper(), template)
    if text.islower():
        return re.sub(r"\{([A-Z][a-z]{3,})\}", lambda m: m.group(0).lower(), template).replace("{A}", "{a}")
    return template


def _given(words: Sequence[str]) -> str:
    """First names and initials: ``Anna M.`` → ``{First} {A}.``."""
    return " ".join(
        "{A}." if re.fullmatch(r"\w\.", w) else "{A}" if len(w) == 1 else "{First}" for w in words[:2]
    )


def _name(text: str) -> str:
    title = _TITLE.match(text)
    suffix = _SUFFIX.search(text)
    bare = text[title.end() if title else 0 : suffix.start() if suffix else len(text)]
    if "," in bare:
        shape = "{Last}, " + (_given(bare.split(",", 1)[1].split()) or "{First}")
    else:
        words = bare.split()
        shape = f"{_given(words[:-1])} {{Last}}" if len(words) > 1 else "{First}"
    shape = _cased(bare, shape)
    return (title.group(0) if title else "") + shape + (suffix.group(0) if suffix else "")


def _first_name(text: str) -> str:
    if "-" in text:
        return _cased(text, "{First}-{First}")
    words = text.split()
    return _cased(text, _given(words) if words and len(words[0]) > 1 else "{First}")


def _last_name(text: str) -> str:
    if "-" in text:
        return _cased(text, "{Last}-{Last}")
    return _cased(text, "{Last} {Last}" if len(text.split()) > 1 else "{Last}")


def _company(text: str) -> str:
    ending = "{Inc|LLC|Ltd|PLC|Group|Partners|Holdings|Trading}"
    if text.isupper():
        ending = "{INC|LLC|LTD|PLC|GROUP|HOLDINGS}"
    if "&" in text or " and " in text:
        return _cased(text, "{Last} & {Last}")
    if "-" in text:
        return _cased(text, "{Last}-{Last}")
    words = len(text.split())
    if words <= 1:
        return _cased(text, "{Last}{soft|tech|line|mart|wise|ware}")
    return _cased(text, "{Last} " if words == 2 else "{Last} {Last} ") + ending


def _local_part(text: str) -> str:
    found = re.fullmatch(r"([a-z]+)([._-]?)([a-z]*)[._-]?([0-9]{0,6})", text.lower())
    if found is None:
        return "{first}.{last}"
    first, separator, last, digits = found.groups()
    number = f"{{{'0' * len(digits)}}}" if digits else ""
    if not separator:
        return ("{first}" if digits else "{a}{last}") + number
    if len(first) == 1 or not last:
        return "{a}" + separator + "{last}" + number
    return "{first}" + separator + "{last}" + number


def _email(text: str) -> str:
    return _local_part(text.rpartition("@")[0]) + _EXAMPLE


def _phone(text: str) -> str:
    extension = _EXTENSION.search(text)
    tail = ""
    if extension:
        tail = extension.group(0) + f"{{{'0' * (len(text) - extension.end())}}}"
        text = text[: extension.start()]
    head = re.match(r"\+[0-9]{1,3}(?=[\s().-])|\+[0-9]{2}", text)
    lead = head.group(0) if head else ""
    rest = text[len(lead) :]
    if start := re.match(r"([^0-9]*)(0{0,2})", rest):
        lead += _mask(start.group(1)) + start.group(2)
        rest = rest[start.end() :]
    if rest[:1].isdigit() and not head and not lead.endswith("0"):
        lead, rest = lead + _LEAD, rest[1:]
    return lead + _mask(rest) + tail


def _postal_code(text: str) -> str:
    return _mask(text)


def _ssn(text: str) -> str:
    # numbers that begin with 9 are never issued, so these belong to nobody
    if re.fullmatch(r"[0-9]{3}-?[0-9]{2}-?[0-9]{4}", text):
        return "9" + _mask(text[1:])
    return _mask(text)


def _card(text: str) -> str:
    """Test ranges of the issuers; the last digit is computed, so here it is 0."""
    digits = re.sub(r"[^0-9]", "", text)
    issuer = {"3": "378282", "5": "555555", "6": "601111", "2": "222300"}.get(digits[:1], "400000")
    made: list[str] = []
    seen = 0
    for character in text:
        if character in "0123456789":
            made.append(issuer[seen] if seen < 6 else "0" if seen == len(digits) - 1 else "{0}")
            seen += 1
        else:
            made.append(_mask(character))
    return _merged("".join(made))


def _iban(text: str) -> str:
    """The country's letters, check digits 00 (computed later), and a mask of the account."""
    if re.match(r"[A-Za-z]{2}[0-9]{2}", text) is None:
        return _FALLBACK["iban"]
    return text[:2].upper() + "00" + _mask(text[4:].upper())


def _merged(template: str) -> str:
    """Neighbouring parts of digits, or of capitals, as one: ``{0}{0}`` → ``{00}``."""
    return re.sub(r"\}\{(?=0)(?<=0\}\{)|\}\{(?=A)(?<=A\}\{)", "", template)


def _address(text: str) -> str:
    lines = re.split(r"\r?\n|\\n", text)
    separator = "\n" if "\n" in text else "\\n" if len(lines) > 1 else ", "
    rest = " ".join(lines[1:]) if len(lines) > 1 else lines[0].partition(", ")[2]
    line = lines[0] if len(lines) > 1 else lines[0].partition(", ")[0]
    if found := re.match(r"([0-9]{1,6})\b", line):
        digits = len(found.group(1))
        shape = f"{_number(digits)} {{Last}} {{Street}}"
    elif found := re.search(r"\b(P\.? ?O\.? Box) ([0-9]{1,8})", text):
        return f"{found.group(1)} {_number(len(found.group(2)))}"
    elif found := re.search(r"([0-9]{1,4})\W*$", text):
        return _cased(text, f"{{Last}} {{Street}} {_number(len(found.group(1)))}")
    else:
        shape = "{10..99} {Last} {Street}"
    if found := re.search(r"\b(Apt\.?|Suite|Unit|Ste\.?) ?([0-9]{1,4})\b", text):
        inside = " " if found.start() < len(line) else separator
        shape += f"{inside}{found.group(1)} {_number(len(found.group(2)))}"
    if re.search(r"\b[A-Z]{2} [0-9]{5}(?:-[0-9]{4})?$", rest):
        shape += f"{separator}{{City}}, {{STATE}} {{00000}}"
    return _cased(text, shape)


def _number(digits: int) -> str:
    return f"{{{10 ** (digits - 1)}..{10**digits - 1}}}"


def _city(text: str) -> str:
    return _cased(text, "{City}")


def _url(text: str) -> str:
    found = re.match(r"(https?|ftp)://", text, re.IGNORECASE)
    scheme = f"{found.group(1).lower()}://" if found else ""
    path = text[len(scheme) :].split("?")[0].strip("/").split("/")[1:4]
    ending = re.search(r"\.(html?|php|aspx?|pdf|jpe?g|png|gif|bmp|txt)$", text, re.IGNORECASE)
    shape = f"{scheme}{{word}}-{{word}}.example.{{com|org|net}}" + "/{word}" * len(path)
    return shape + (ending.group(0).lower() if ending and path else "")


def _ipv4(_text: str) -> str:
    return "{198.18|198.19}.{0..255}.{0..255}"  # kept for tests of networks, never on the Internet: RFC 2544


def _ipv6(_text: str) -> str:
    return "2001:db8" + ":{[123456789abcdef]}{xxx}" * 6  # the documentation range: RFC 3849


_SHAPE_OF: dict[str, Callable[[str], str]] = {
    "name": _name,
    "first_name": _first_name,
    "last_name": _last_name,
    "company": _company,
    "email": _email,
    "username": _local_part,
    "phone": _phone,
    "address": _address,
    "city": _city,
    "postal_code": _postal_code,
    "card": _card,
    "iban": _iban,
    "ssn": _ssn,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "url": _url,
}
CONTENTS = frozenset(_SHAPE_OF)

_DEFAULT = {
    "name": "{First} {Last}",
    "first_name": "{First}",
    "last_name": "{Last}",
    "company": "{Last} {Inc|LLC|Ltd|PLC|Group}",
    "email": "{first}.{last}" + _EXAMPLE,
    "username": "{first}{00}",
    "address": "{10..999} {Last} {Street}",
    "city": "{City}",
    "url": "https://{word}-{word}.example.{com|org|net}",
}
_INVENTED = "{Syllable}{syllable}{syllable}{syllable}"
_FALLBACK = {
    "name": f"{_INVENTED} {_INVENTED}",
    "first_name": _INVENTED,
    "last_name": _INVENTED,
    "company": f"{_INVENTED} {{Inc|LLC|Ltd|PLC|Group}}",
    "email": "{syllable}{syllable}{syllable}{syllable}{000}" + _EXAMPLE,
    "username": "{syllable}{syllable}{syllable}{syllable}{000}",
    "address": f"{{1000..9999}} {_INVENTED} {{Street}}",
    "city": _INVENTED,
    "url": "https://{syllable}{syllable}{syllable}{syllable}.example.{com|org|net}",
    "card": "4000{00000000000}0",
    "iban": "DE00{0*18}",
    "ipv4": "10.{0..255}.{0..255}.{0..255}",  # kept for private networks: RFC 1918
}

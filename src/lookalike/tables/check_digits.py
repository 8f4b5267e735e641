"""Check digits of card numbers and IBANs, over whole columns.

Luhn: ISO/IEC 7812-1, annex B. IBAN: ISO 13616-1, with mod 97-10 of ISO 7064.
"""

from __future__ import annotations

import numpy as np


def luhn_sum(digits: np.ndarray) -> np.ndarray:
    """The Luhn sum modulo 10 of digits 0 … 9 of shape (n, length): 0 for a valid number. int64, (n,)."""
    weighted = digits.astype(np.int64)
    doubled = weighted[:, -2::-2] * 2
    weighted[:, -2::-2] = doubled - 9 * (doubled > 9)
    return weighted.sum(axis=1) % 10


def luhn_digit(digits: np.ndarray) -> np.ndarray:
    """The last digit that makes ``digits`` (n, length), which end in 0, a valid number. uint8, (n,)."""
    return ((10 - luhn_sum(digits)) % 10).astype(np.uint8)


def iban_remainder(text: np.ndarray) -> np.ndarray:
    """The remainder modulo 97 of IBANs without spaces, as ASCII codes of capitals and digits, (n, length).

    1 for a valid IBAN. int64, (n,).
    """
    moved = np.concatenate([text[:, 4:], text[:, :4]], axis=1).astype(np.int64)
    remainder = np.zeros(len(text), np.int64)
    for column in moved.T:
        is_letter = column >= 65
        value = np.where(is_letter, column - 55, column - 48)
        remainder = (remainder * np.where(is_letter, 100, 10) + value) % 97
    return remainder


def iban_digits(text: np.ndarray) -> np.ndarray:
    """The two check digits (uint8, (n, 2), ASCII) of IBANs whose third and fourth characters are ``00``."""
    check = 98 - iban_remainder(text)
    return np.stack([check // 10 + 48, check % 10 + 48], axis=1).astype(np.uint8)


def is_luhn(text: str) -> bool:
    """Whether ``text``, digits only, is a valid number by Luhn."""
    return bool(luhn_sum(np.array([[int(c) for c in text]], np.uint8))[0] == 0)


def is_iban(text: str) -> bool:
    """Whether ``text``, capitals and digits without spaces, has the right check digits."""
    return bool(iban_remainder(np.frombuffer(text.encode(), np.uint8)[None, :])[0] == 1)

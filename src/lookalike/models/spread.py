"""Evenly spread numbers: a scrambled Sobol' sequence, one dimension for each column that is drawn.

Number i of a dimension is a pure function of i, so rows stay pure functions of their number; but the first
2**k numbers, and every further run of 2**k that begins at a multiple of it, fall one into each 2**k-th part
of [0, 1), and pairs and triples of dimensions fill their squares and cubes evenly too. So the shares of a
sample come closer to the model's than those of independent rows (error about 1/n instead of 1/√n for one
column), and each row by itself is still distributed as the model says.

The sequence: Sobol', "On the distribution of points in a cube", 1967, with the primitive polynomials and
initial numbers of Joe and Kuo, "Constructing Sobol sequences with better two-dimensional projections", SIAM
J. Sci. Comput. 2008. The nested uniform scramble (Owen 1995) by hashing: Laine and Karras 2011, Burley,
"Practical hash-based Owen scrambling", JCGT 2020, with Vegdahl's constants.
"""

from __future__ import annotations

from functools import cache

import numpy as np

_BITS = 32

# the primitive polynomial's bits as a number: the initial numbers; one line for each dimension but the first
_JOE_KUO = """
3: 1
7: 1 3
11: 1 3 1
13: 1 1 1
19: 1 1 3 3
25: 1 3 5 13
37: 1 1 5 5 17
41: 1 1 5 5 5
47: 1 1 7 11 19
55: 1 1 5 1 1
59: 1 1 1 3 11
61: 1 3 5 5 31
67: 1 3 3 9 7 49
91: 1 1 1 15 21 21
97: 1 3 1 13 27 49
103: 1 1 1 15 7 5
109: 1 3 1 15 13 25
115: 1 1 5 5 19 61
131: 1 3 7 11 23 15 103
137: 1 3 7 13 13 15 69
143: 1 1 3 13 7 35 63
145: 1 3 5 9 1 25 53
157: 1 3 1 13 9 35 107
167: 1 3 1 5 27 61 31
171: 1 1 5 11 19 41 61
185: 1 3 5 3 3 13 69
191: 1 1 7 13 1 19 1
193: 1 3 7 5 13 19 59
203: 1 1 3 9 25 29 41
211: 1 3 5 13 23 1 55
213: 1 3 7 3 13 59 17
229: 1 3 1 3 5 53 69
239: 1 1 5 5 23 33 13
241: 1 1 7 7 1 61 123
247: 1 1 7 9 13 61 49
253: 1 3 3 5 3 55 33
285: 1 3 1 15 31 13 49 245
299: 1 3 5 15 31 59 63 97
301: 1 3 1 11 11 11 77 249
333: 1 3 1 11 27 43 71 9
351: 1 1 7 15 21 11 81 45
355: 1 3 7 3 25 31 65 79
357: 1 3 1 1 19 11 3 205
361: 1 1 5 9 19 21 29 157
369: 1 3 7 11 1 33 89 185
391: 1 3 3 3 15 9 79 71
397: 1 3 7 11 15 39 119 27
425: 1 1 3 1 11 31 97 225
451: 1 1 1 3 23 43 57 177
463: 1 3 7 7 17 17 37 71
487: 1 3 1 5 27 63 123 213
501: 1 1 3 5 11 43 53 133
529: 1 3 5 5 29 17 47 173 479
539: 1 3 3 11 3 1 109 9 69
545: 1 1 1 5 17 39 23 5 343
557: 1 3 1 5 25 15 31 103 499
563: 1 1 1 11 11 17 63 105 183
601: 1 1 5 11 9 29 97 231 363
607: 1 1 5 15 19 45 41 7 383
617: 1 3 7 7 31 19 83 137 221
623: 1 1 1 3 23 15 111 223 83
631: 1 1 5 13 31 15 55 25 161
637: 1 1 3 13 25 47 39 87 257
"""
DIMENSIONS = 1 + _JOE_KUO.count(":")
"""Columns beyond these are drawn by independent numbers."""


@cache
def byte_tables() -> np.ndarray:
    """uint32 (DIMENSIONS, 4, 256): what each value of each byte of an index adds to the Sobol' number.

    Numbers stand with their bits reversed: bit 0 is worth one half.
    """
    tables = np.zeros((DIMENSIONS, 4, 256), np.uint32)
    values = np.arange(256)
    for dimension, numbers in enumerate(direction_numbers()):
        reversed_bits = [int(f"{number:032b}"[::-1], 2) for number in numbers]
        for bit, number in enumerate(reversed_bits):
            byte, place = divmod(bit, 8)
            tables[dimension, byte] ^= np.where(values >> place & 1, number, 0).astype(np.uint32)
    return tables


def direction_numbers() -> list[list[int]]:
    """For each dimension the 32 numbers, in units of 2**-32, that the bits of an index add by XOR."""
    found = [[1 << (_BITS - 1 - i) for i in range(_BITS)]]
    for line in _JOE_KUO.split("\n")[1:-1]:
        polynomial, _, initial = line.partition(": ")
        found.append(_directions(int(polynomial), [int(m) for m in initial.split()]))
    return found


def _directions(polynomial: int, initial: list[int]) -> list[int]:
    degree, m = polynomial.bit_length() - 1, list(initial)
    for i in range(degree, _BITS):
        number = m[i - degree] ^ (m[i - degree] << degree)
        for k in range(1, degree):
            if polynomial >> (degree - k) & 1:
                number ^= m[i - k] << k
        m.append(number)
    return [number << (_BITS - 1 - i) for i, number in enumerate(m)]

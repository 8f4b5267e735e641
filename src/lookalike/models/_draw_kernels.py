# pyright: reportMissingParameterType=false
"""Compiled loops of sampling: rows walk down the trees, codes are drawn, codes become values.

Imported only inside function bodies (numba takes 0.2 s). NumPy arrays in and out, in the layouts that stand
in `lookalike.models._tree_kernels`. Every random number is `lookalike.randomness.draw` of a stream key and a
counter, and drawing decides by integers, by comparisons, or by + − × ÷ on doubles, so that the same model
gives the same bits on any machine.
"""

from __future__ import annotations

import numpy as np
from numba import njit, uint32

from lookalike.models._id_kernels import mix
from lookalike.models._tree_kernels import FEATURE, HIGH, LEFT, LOW, PARENT, THRESHOLD

FEW = 24  # with fewer rows in a node, the cost of the node itself is more than that of its rows

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ONE = np.uint64(1)
_BITS53 = np.uint64(11)
_UNIT = 2.0**-53
_STAY_SHIFT = np.uint64(40)
_STAYS = np.uint64(1 << 24)
_INDEX_MASK = np.uint64((1 << 40) - 1)
_LOW32 = np.uint64(0xFFFFFFFF)
_LOW13 = np.uint64((1 << 13) - 1)
_NONE = np.uint64(0xFFFFFFFFFFFFFFFF)
_BYTE = np.uint64(8)
_WORD = np.uint64(32)
_LOW8 = np.uint64(255)
_HALF = np.uint32(16)
_SWAPS = tuple(
    (np.uint32(mask), np.uint32(shift))
    for mask, shift in ((0x55555555, 1), (0x33333333, 2), (0x0F0F0F0F, 4), (0x00FF00FF, 8))
)

# Indices that are looked up in an inner loop are unsigned: numba has to ask of every signed one whether it
# counts from the end.


@njit(uint32(uint32), nogil=True, cache=True)
def _reversed(x):
    for mask, shift in _SWAPS:
        x = np.uint32(((x >> shift) & mask) | ((x & mask) << shift))
    return np.uint32((x >> _HALF) | (x << _HALF))


@njit(uint32(uint32, uint32), nogil=True, cache=True)
def _scrambled(x, key):
    """A nested uniform scramble of bits that stand lowest first: each is flipped or not by those before it.

    The hash is that of Laine and Karras with the constants of Vegdahl (see `lookalike.models.spread`).
    """
    # every step is cast: numba widens the product of two uint32
    x = np.uint32(x ^ np.uint32(x * np.uint32(0x3D20ADEA)))
    x = np.uint32(x + key)
    x = np.uint32(x * np.uint32((key >> _HALF) | np.uint32(1)))
    x = np.uint32(x ^ np.uint32(x * np.uint32(0x05526C56)))
    return np.uint32(x ^ np.uint32(x * np.uint32(0x53A22864)))


@njit(nogil=True, cache=True)
def shuffled(stream, counters, out):
    """Indices of a sequence into ``out`` (uint32), one for each counter.

    Aligned runs of 2**k counters become aligned runs of as many indices, in an order of their own. The low 32
    bits of a counter are shuffled; the others, and the stream, choose the shuffle.
    """
    for r in range(out.shape[0]):
        c = counters[np.uint64(r)]
        key = np.uint32(mix(stream + (c >> _WORD) * _GOLDEN) & _LOW32)
        out[r] = _reversed(_scrambled(_reversed(np.uint32(c & _LOW32)), key))


@njit(nogil=True, cache=True)
def spread(table, stream, indices, counters, out):
    """Evenly spread numbers in units of 2**-40 into ``out`` (uint64): those of ``indices``, scrambled.

    table: uint32 (4, 256), what each byte of an index adds to the Sobol' number, lowest bit first. indices:
    as `shuffled` gives them for ``counters``, whose high bits choose the scramble.
    """
    above, high = _NONE, _NONE
    key, upper = np.uint32(0), np.uint32(0)
    for r in range(out.shape[0]):
        c, i = counters[np.uint64(r)], np.uint64(indices[np.uint64(r)])
        if (c >> _WORD) != high:
            high = c >> _WORD
            key = np.uint32(mix(stream + high * _GOLDEN) & _LOW32)
        if (i >> _BYTE) != above:  # most neighbours share all but the lowest byte
            above = i >> _BYTE
            upper = table[1, above & _LOW8]
            upper ^= table[2, (above >> _BYTE) & _LOW8]
            upper ^= table[3, above >> np.uint64(16)]
        number = _reversed(_scrambled(np.uint32(upper ^ table[0, i & _LOW8]), key))
        out[r] = (np.uint64(number) << _BYTE) | (mix(stream + c * _GOLDEN) >> np.uint64(56))


@njit(nogil=True, cache=True)
def _by_root(root, sole, rows, starts):
    """Rows by the root they begin at: ``rows[starts[k]:starts[k + 1]]`` are root k's, in ascending order.

    Roots whose ``sole`` is a code have none: nothing has to be walked there.
    """
    n_roots = sole.shape[0]
    for k in range(n_roots + 1):
        starts[k] = 0
    if n_roots == 1 and sole[0] < 0:
        starts[1] = root.shape[0]
        for i in range(root.shape[0]):
            rows[i] = i
        return
    for i in range(root.shape[0]):
        k = np.uint64(root[np.uint64(i)])
        starts[k + _ONE] += sole[k] < 0
    for k in range(n_roots):
        starts[k + 1] += starts[k]
    for i in range(root.shape[0]):
        k = np.uint64(root[np.uint64(i)])
        if sole[k] < 0:
            rows[np.uint64(starts[k])] = i
            starts[k] += 1
    for k in range(n_roots, 0, -1):
        starts[k] = starts[k - 1]
    starts[0] = 0


@njit(nogil=True, cache=True)
def _part(codes, threshold, words, rows, low, high, aside):
    """Where the right side begins, once the rows of rows[low:high] that go left stand before the others.

    Both sides keep their order. Every row is written to both sides and counted on one, so there is no branch
    to guess wrong.
    """
    left, right = np.uint64(low), np.uint64(0)
    if threshold >= 0:
        for i in range(low, high):
            row = rows[np.uint64(i)]
            goes_right = np.uint64(codes[np.uint64(row)] > threshold)
            rows[left] = row
            aside[right] = row
            left += _ONE - goes_right
            right += goes_right
    else:
        first = np.uint64(-1 - threshold)
        for i in range(low, high):
            row = rows[np.uint64(i)]
            code = np.uint64(codes[np.uint64(row)])
            goes_left = (words[first + (code >> np.uint64(6))] >> (code & np.uint64(63))) & _ONE
            rows[left] = row
            aside[right] = row
            left += goes_left
            right += _ONE - goes_left
    for i in range(right):
        rows[left + np.uint64(i)] = aside[np.uint64(i)]
    return np.int32(left)


@njit(nogil=True, cache=True)
def _one_by_one(X, nodes, words, rows, at, active, count):
    """Take the ``count`` places ``active`` of ``rows`` from the nodes ``at`` to their leaves.

    All go down one step at a time, without a branch on which way they go: rows do not wait for one another,
    and the processor has nothing to guess wrong.
    """
    left = np.uint64(count)
    while left > 0:
        left_over = np.uint64(0)
        for i in range(left):
            place = np.uint64(active[np.uint64(i)])
            node = np.uint64(at[place])
            code = np.int32(X[np.uint64(nodes[node, FEATURE]), np.uint64(rows[place])])
            threshold = nodes[node, THRESHOLD]
            by_set = np.int32(threshold < 0)
            word = words[np.uint64(by_set * (-1 - threshold + (code >> 6)))]
            outside = np.int32(((word >> np.uint64(code & 63)) & _ONE) ^ _ONE)
            below = nodes[node, LEFT] + by_set * outside + (1 - by_set) * np.int32(code > threshold)
            at[place] = below
            active[left_over] = place
            left_over += np.uint64(nodes[np.uint64(below), FEATURE] >= 0)
        left = left_over


@njit(nogil=True, cache=True)
def _leaves(X, root, nodes, words, sole, rows, leaf, low, high):
    """How many groups there are: group g is ``rows[low[g]:high[g]]``, which all come to ``leaf[g]``.

    rows, leaf, low, high: int32, as long as ``root``. While a node holds many rows they are parted together,
    for two or three instructions a row; what is left of them further down goes on one by one.
    """
    n = root.shape[0]
    starts = np.empty(sole.shape[0] + 1, np.int32)
    aside = np.empty(n + 1, np.int32)
    at = np.empty(n, np.int32)
    active = np.empty(n, np.int32)
    pending = np.empty(3 * (n // FEW + 2), np.int32)
    _by_root(root, sole, rows, starts)
    groups, count = np.int64(0), np.int64(0)
    for k in range(sole.shape[0]):
        pending[0], pending[1], pending[2] = k, starts[k], starts[k + 1]
        depth = 3
        while depth > 0:
            depth -= 3
            node, a, b = pending[depth], pending[depth + 1], pending[depth + 2]
            if nodes[node, FEATURE] < 0:
                if a < b:
                    leaf[groups], low[groups], high[groups] = node, a, b
                    groups += 1
            elif b - a < FEW:
                for place in range(a, b):
                    at[place] = node
                    active[count] = place
                    count += 1
                    leaf[groups], low[groups], high[groups] = -1, place, place + 1
                    groups += 1
            else:
                middle = _part(X[nodes[node, FEATURE]], nodes[node, THRESHOLD], words, rows, a, b, aside)
                below = nodes[node, LEFT]
                for side in range(2):  # the left one is taken up first
                    pending[depth] = below + 1 - side
                    pending[depth + 1] = a if side else middle
                    pending[depth + 2] = middle if side else b
                    depth += 3
    _one_by_one(X, nodes, words, rows, at, active, count)
    for g in range(groups):
        if leaf[g] < 0:
            leaf[g] = at[low[g]]
    return groups


@njit(nogil=True, cache=True)
def _backed_off(node, nodes, stay, bits):
    """The node to draw from: stays with probability n / (n + α), a 24-bit integer in ``stay``, or asks the
    parent. (node, bits that were not used up)."""
    while nodes[node, PARENT] >= 0 and (bits >> _STAY_SHIFT) >= np.uint64(stay[node]):
        node = nodes[node, PARENT]
        bits = mix(bits)
    return node, bits


@njit(nogil=True, cache=True)
def walk(X, root, nodes, words, pool, stay, sole, stream, counters, unit, out):
    """A target code per row into ``out`` (uint16): down to a leaf, back off, draw from the node's pool.

    unit: uint64 (n_rows,), where in [0, 1) to draw, in units of 2**-40. What is left of it once the sample is
    found takes its place, with fresh low bits: so a column that is drawn in steps is drawn by one number, and
    the samples of a leaf being in order, a greater number means a greater value.
    sole: int32 (n_roots,), the code of a root whose pool holds no other one, else -1.
    """
    n = out.shape[0]
    if sole.shape[0] > 1 or sole[0] >= 0:
        for r in range(n):
            out[r] = np.uint16(sole[np.uint64(root[r])] & 0xFFFF)  # where it is -1, to be overwritten
    rows, leaf = np.empty(n + 1, np.int32), np.empty(n, np.int32)
    low, high = np.empty(n, np.int32), np.empty(n, np.int32)
    for g in range(_leaves(X, root, nodes, words, sole, rows, leaf, low, high)):
        node = leaf[g]
        begin, size = np.uint64(nodes[node, LOW]), np.uint64(nodes[node, HIGH] - nodes[node, LOW])
        stays = np.uint64(stay[node]) if nodes[node, PARENT] >= 0 else _STAYS
        for i in range(low[g], high[g]):
            r = np.uint64(rows[np.uint64(i)])
            bits = mix(stream + counters[r] * _GOLDEN)
            if (bits >> _STAY_SHIFT) < stays:
                place = unit[r] * size + (((bits & _INDEX_MASK) * size) >> _STAY_SHIFT)
                out[r] = pool[begin + (place >> _STAY_SHIFT)]
            else:
                asked, bits = _backed_off(node, nodes, stay, bits)
                above = np.uint64(nodes[asked, LOW])
                wider = np.uint64(nodes[asked, HIGH]) - above
                place = unit[r] * wider + (((bits & _INDEX_MASK) * wider) >> _STAY_SHIFT)
                out[r] = pool[above + (place >> _STAY_SHIFT)]
            unit[r] = place & _INDEX_MASK


@njit(nogil=True, cache=True)
def _nth_allowed(pool, low, high, nth, first, last, marks, free):
    """The code of allowed sample number ``nth`` of pool[low:high]; with nth < 0, -1 minus their count."""
    found = 0
    for i in range(low, high):
        code = pool[i]
        if (first <= code <= last and marks[code] != 0) or code == free:
            if found == nth:
                return np.int64(code)
            found += 1
    return -np.int64(found) - 1


@njit(nogil=True, cache=True)
def walk_within(
    X, root, nodes, words, pool, stay, sole, stream, counters, first, last, marked, row_of, free, out
):
    """`walk` for codes in ``first[r]`` … ``last[r]`` that ``marked[row_of[r]]`` (uint8) marks, or ``free``.

    The node's allowed samples are drawn from; with none, its parent's. ``out`` is uint16; where not even the
    root holds an allowed code, it is the first allowed code of the range, or ``first[r]`` with none at all.
    ``sole`` is -1 for every root: a code that is not allowed is not taken.
    """
    n = out.shape[0]
    rows, leaf = np.empty(n + 1, np.int32), np.empty(n, np.int32)
    low_of, high_of = np.empty(n, np.int32), np.empty(n, np.int32)
    at = np.empty(n, np.int32)
    for g in range(_leaves(X, root, nodes, words, sole, rows, leaf, low_of, high_of)):
        for i in range(low_of[g], high_of[g]):
            at[rows[i]] = leaf[g]
    for r in range(n):
        bits = mix(stream + counters[r] * _GOLDEN)
        node, bits = _backed_off(at[r], nodes, stay, bits)
        marks = marked[row_of[r]]
        done = False
        while node >= 0 and not done:
            low, high = nodes[node, LOW], nodes[node, HIGH]
            size = np.uint64(high - low)
            for _ in range(16):
                code = pool[low + np.int64(((bits & _INDEX_MASK) * size) >> _STAY_SHIFT)]
                if (first[r] <= code <= last[r] and marks[code] != 0) or code == free:
                    out[r] = code
                    done = True
                    break
                bits = mix(bits)
            if not done:
                count = -_nth_allowed(pool, low, high, -1, first[r], last[r], marks, free) - 1
                if count > 0:
                    nth = np.int64(((bits & _INDEX_MASK) * np.uint64(count)) >> _STAY_SHIFT)
                    out[r] = _nth_allowed(pool, low, high, nth, first[r], last[r], marks, free)
                    done = True
            node = nodes[node, PARENT]
        if not done:
            out[r] = first[r]
            for code in range(first[r], last[r] + 1):
                if marks[code] != 0:
                    out[r] = code
                    break


@njit(nogil=True, cache=True)
def _part_mass(node, nodes, stay, summed, reach):
    """(what a node reached with probability ``reach`` adds to its path's mass, P of staying in it)."""
    low, high = nodes[node, LOW], nodes[node, HIGH]
    here = stay[node] / 16777216.0 if nodes[node, PARENT] >= 0 else 1.0
    part = reach * here * (summed[high] - summed[low]) / (high - low) if high > low else 0.0
    return part, here


@njit(nogil=True, cache=True)
def _path_mass(node, nodes, stay, summed):
    total, reach = 0.0, 1.0
    while node >= 0:
        part, here = _part_mass(node, nodes, stay, summed, reach)
        total += part
        reach *= 1.0 - here
        node = nodes[node, PARENT]
    return total


@njit(nogil=True, cache=True)
def _on_path(node, nodes, stay, summed, wanted):
    """The node of the path up from ``node`` in which the running sum of the parts exceeds ``wanted``."""
    reach, chosen = 1.0, node
    while node >= 0:
        part, here = _part_mass(node, nodes, stay, summed, reach)
        if part > 0.0:
            chosen = node
            if wanted < part:
                break
        wanted -= part
        reach *= 1.0 - here
        node = nodes[node, PARENT]
    return chosen


@njit(nogil=True, cache=True)
def _first_beyond(summed, low, high, aim):
    """The first sample of low … high - 1 whose running sum, itself included, exceeds the aim."""
    a, b = low, high - 1
    while a < b:
        middle = (a + b) >> 1
        if summed[middle + 1] > aim:
            b = middle
        else:
            a = middle + 1
    while a > low and summed[a + 1] <= summed[a]:
        a -= 1
    return a


@njit(nogil=True, cache=True)
def walk_weighted(X, root, nodes, words, pool, stay, summed, sole, stream, counters, mass, out):
    """`walk` from the conditional that is weighted by code; ``mass`` (float64) is multiplied by its total.

    ``summed`` (float64, len(pool) + 1) are running sums of the weights of the pool's codes. The total over
    the path is Σ P(node) · mean weight in the node; a mass of 0 leaves ``out`` as it was. ``sole`` is -1 for
    every root: a code that is not wanted has no mass.
    """
    n = out.shape[0]
    rows, leaf = np.empty(n + 1, np.int32), np.empty(n, np.int32)
    low, high = np.empty(n, np.int32), np.empty(n, np.int32)
    for g in range(_leaves(X, root, nodes, words, sole, rows, leaf, low, high)):
        total = _path_mass(leaf[g], nodes, stay, summed)
        for i in range(low[g], high[g]):
            r = rows[i]
            mass[r] *= total
            if total <= 0.0:
                continue
            bits = mix(stream + counters[r] * _GOLDEN)
            chosen = _on_path(leaf[g], nodes, stay, summed, (bits >> _BITS53) * _UNIT * total)
            a, b = nodes[chosen, LOW], nodes[chosen, HIGH]
            aim = summed[a] + (mix(bits) >> _BITS53) * _UNIT * (summed[b] - summed[a])
            out[r] = pool[_first_beyond(summed, a, b, aim)]


@njit(nogil=True, cache=True)
def choose(mass, candidates, stream, counters, out):
    """The number of one candidate per row into ``out`` (int64), by weight; ``mass`` is (rows × candidates,).

    A row whose candidates all have no mass gets -1.
    """
    for r in range(out.shape[0]):
        total = 0.0
        for c in range(candidates):
            total += mass[r * candidates + c]
        out[r] = -1
        if total <= 0.0:
            continue
        aim = (mix(stream + counters[r] * _GOLDEN) >> _BITS53) * _UNIT * total
        for c in range(candidates):
            part = mass[r * candidates + c]
            if part > 0.0:
                out[r] = c
                if aim < part:
                    break
            aim -= part


@njit(nogil=True, cache=True)
def ticks_in_bins(bins, knots, stream, counters, unit, lowest, highest, bounded, out):
    """A whole number per row into ``out`` (int64), inside its bin and inside ``lowest[r]`` … ``highest[r]``.

    ``knots`` is int64 (n_bins, pieces + 1): pieces of equal mass; ``unit`` (as `walk` leaves it) says
    which piece, and where in it.
    A row whose bin has nothing inside the bounds gets the bound itself. Bounds count only when ``bounded``.
    """
    pieces = knots.shape[1] - 1
    for r in range(out.shape[0]):
        b = np.uint64(bins[r])
        if not bounded and knots[b, 0] == knots[b, pieces]:
            out[r] = knots[b, 0]
            continue
        place = unit[r] * np.uint64(pieces)
        piece = np.int64(place >> _STAY_SHIFT)
        low, high = knots[b, piece], knots[b, piece + 1]
        if bounded:
            if high < lowest[r] or low > highest[r]:
                low, high = knots[b, 0], knots[b, pieces]
            low, high = max(low, lowest[r]), min(high, highest[r])
            if low > high:
                out[r] = lowest[r] if knots[b, pieces] < lowest[r] else highest[r]
                continue
        fresh = mix(stream + counters[r] * _GOLDEN) & _LOW13
        part = (((place & _INDEX_MASK) << np.uint64(13)) | fresh) * _UNIT
        value = low + np.int64(part * (np.float64(high - low) + 1.0))
        out[r] = min(value, high)


@njit(nogil=True, cache=True)
def reals_in_bins(bins, knots, stream, counters, unit, lowest, highest, bounded, out):
    """`ticks_in_bins` for float64."""
    pieces = knots.shape[1] - 1
    for r in range(out.shape[0]):
        b = np.uint64(bins[r])
        if not bounded and knots[b, 0] == knots[b, pieces]:
            out[r] = knots[b, 0]
            continue
        place = unit[r] * np.uint64(pieces)
        piece = np.int64(place >> _STAY_SHIFT)
        low, high = knots[b, piece], knots[b, piece + 1]
        if bounded:
            if high < lowest[r] or low > highest[r]:
                low, high = knots[b, 0], knots[b, pieces]
            low, high = max(low, lowest[r]), min(high, highest[r])
            if low > high:
                out[r] = lowest[r] if knots[b, pieces] < lowest[r] else highest[r]
                continue
        fresh = mix(stream + counters[r] * _GOLDEN) & _LOW13
        part = (((place & _INDEX_MASK) << np.uint64(13)) | fresh) * _UNIT
        out[r] = min(max(low + part * (high - low), low), high)

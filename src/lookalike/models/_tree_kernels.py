# pyright: reportMissingParameterType=false
"""Compiled loops of the tree model: growing trees, walking them, decoding values.

Imported only inside function bodies (numba takes 0.2 s). NumPy arrays in and out. Every random number is
`lookalike.randomness.draw` of a stream key and a counter, and drawing decides by integers, by comparisons, or
by + − × ÷ on doubles, so that the same model gives the same bits on any machine.

Layouts:

nodes   int32 (n_nodes, 6): feature (-1: leaf), threshold, left child (right = left + 1), low, high, parent.
        The first rows are the roots. A threshold ≥ 0 sends codes ≤ threshold left; a negative one, -1 - w,
        sends the codes whose bit is set in ``words[w:]`` (there is always a word to look at). ``pool[low:high]`` are the target's codes of the
        training rows in the node; a child's range lies inside its parent's.
X       uint16 (n_columns, n_rows): codes of the predictors.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from lookalike.models._id_kernels import mix

FEATURE, THRESHOLD, LEFT, LOW, HIGH, PARENT = 0, 1, 2, 3, 4, 5
ROOM = 0x10000  # a node whose samples exceed this is scored on an even sample of them

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ONE = np.uint64(1)
_KEY_SHIFT = np.uint32(16)
_LOW16 = np.uint32(0xFFFF)
_BYTE = np.uint32(0xFF)
_BITS53 = np.uint64(11)
_UNIT = 2.0**-53
_STAY_SHIFT = np.uint64(40)
_INDEX_MASK = np.uint64((1 << 40) - 1)


@njit(nogil=True, cache=True)
def _goes_left(code, threshold, words):
    if threshold >= 0:
        return code <= threshold
    word = words[-1 - threshold + (code >> 6)]
    return (word >> np.uint64(code & 63)) & _ONE == _ONE


@njit(nogil=True, cache=True)
def _directions(xs, ys, m, K, counts, present, n_present, sizes, u, v):
    """Scores ``u`` of the categories ``present``: the leading direction of the category × target table.

    Power iteration on the row profiles (correspondence analysis: Greenacre, "Theory and Applications of
    Correspondence Analysis", 1984); exact for two target codes, four rounds otherwise.
    """
    rounds = 0
    for k in range(K):
        v[k] = 0.0
    if K == 2:
        v[1] = 1.0
    else:
        rounds = 4
        largest = 0
        for k in range(K):
            v[k] = ((k * 7919) % 1009) / 1009.0 * 0.2
            if counts[k] > counts[largest]:
                largest = k
        v[largest] += 1.0
    for step in range(rounds + 1):
        mean = 0.0
        for k in range(K):
            mean += v[k] * counts[k]
        mean /= m
        for k in range(K):
            v[k] -= mean
        for j in range(n_present):
            u[present[j]] = 0.0
        for i in range(m):
            u[xs[i]] += v[ys[i]]
        for j in range(n_present):
            u[present[j]] /= sizes[present[j]]
        if step == rounds:
            return
        for k in range(K):
            v[k] = 0.0
        for i in range(m):
            v[ys[i]] += u[xs[i]]
        largest_abs = 0.0
        for k in range(K):
            v[k] /= counts[k]
            largest_abs = max(largest_abs, abs(v[k]))
        if largest_abs <= 1e-300:
            return
        for k in range(K):
            v[k] /= largest_abs


@njit(nogil=True, cache=True)
def _sorted_keys(xs, ys, m, low, high, keys, spare, starts):
    """``keys[:m]`` = (code << 16 | target) in ascending order of code; codes and targets are below 2**16.

    A counting sort where the codes are few beside the samples, else insertion, else radix by bytes. Written
    out, since the sorts of NumPy take seconds to compile.
    """
    span = high - low + 1
    if span <= 4 * m:
        for c in range(span + 1):
            starts[c] = 0
        for i in range(m):
            starts[xs[i] - low + 1] += 1
        for c in range(span):
            starts[c + 1] += starts[c]
        for i in range(m):
            c = xs[i] - low
            keys[starts[c]] = (np.uint32(xs[i]) << _KEY_SHIFT) | np.uint32(ys[i])
            starts[c] += 1
        return
    for i in range(m):
        keys[i] = (np.uint32(xs[i]) << _KEY_SHIFT) | np.uint32(ys[i])
    if m <= 24:
        for i in range(1, m):
            key = keys[i]
            j = i
            while j > 0 and keys[j - 1] > key:
                keys[j] = keys[j - 1]
                j -= 1
            keys[j] = key
        return
    for shift in (np.uint32(16), np.uint32(24)):
        for c in range(257):
            starts[c] = 0
        for i in range(m):
            starts[((keys[i] >> shift) & _BYTE) + 1] += 1
        for c in range(256):
            starts[c + 1] += starts[c]
        for i in range(m):
            c = (keys[i] >> shift) & _BYTE
            spare[starts[c]] = keys[i]
            starts[c] += 1
        for i in range(m):
            keys[i] = spare[i]


@njit(nogil=True, cache=True)
def _order_by(u, present, n):
    """Sort ``present[:n]`` by ``u``, equal ones by number (Shell's sort, Ciura's gaps)."""
    for gap in (3548, 1577, 701, 301, 132, 57, 23, 10, 4, 1):
        for i in range(gap, n):
            c = present[i]
            j = i
            while j >= gap and (
                u[present[j - gap]] > u[c] or (u[present[j - gap]] == u[c] and present[j - gap] > c)
            ):
                present[j] = present[j - gap]
                j -= gap
            present[j] = c


@njit(nogil=True, cache=True)
def _best_cut(keys, m, K, counts, left, right, nlogn, dlog, base, min_leaf, bar):
    """(position of the last sample that goes left, or -1; its gain in nats) of the best cut above ``bar``.

    gain = Σ c·log c over both sides − n·log n of both − ``base``; one sample moves at a time, and the table
    ``dlog`` of differences of n·log n makes that two look-ups, however many target codes there are.
    """
    for k in range(K):
        left[k] = 0
        right[k] = counts[k]
    sum_left = 0.0
    sum_right = base + nlogn[m]
    best, at = bar, -1
    for i in range(m - min_leaf):
        key = keys[i]
        k = key & _LOW16
        sum_left += dlog[left[k]]
        left[k] += 1
        right[k] -= 1
        sum_right -= dlog[right[k]]
        if i + 1 >= min_leaf and (key >> _KEY_SHIFT) != (keys[i + 1] >> _KEY_SHIFT):
            gain = sum_left - nlogn[i + 1] + sum_right - nlogn[m - i - 1] - base
            if gain > best:
                best, at = gain, i
    return at, best


@njit(nogil=True, cache=True)
def _mark(left_set, n_words, present, n_present, rank, cut, left_is_larger):
    """The bits of the categories that go left; those not seen in the node go with the larger side."""
    for w in range(n_words):
        left_set[w] = ~np.uint64(0) if left_is_larger else np.uint64(0)
    for j in range(n_present):
        c = present[j]
        bit = _ONE << np.uint64(c & 63)
        if left_is_larger and rank[c] > cut:
            left_set[c >> 6] &= ~bit
        elif not left_is_larger and rank[c] <= cut:
            left_set[c >> 6] |= bit


@njit(nogil=True, cache=True)
def grow(X, nominal, n_codes, y, n_targets, perm, low_of_root, high_of_root, g, lam, min_leaf, stop):
    """Trees for the target codes ``y`` (int32), one per root; reorders ``perm`` (int32, row numbers).

    Root r owns ``perm[low_of_root[r]:high_of_root[r]]``. A node is split where the log-likelihood gained on
    the distribution of its target codes is the largest and above ``g + lam * (K - 1) / 2`` nats, K the number
    of target codes in the node. Returns (nodes, words); stops early, unfinished, when ``stop[0]`` is set.
    """
    p = X.shape[0]
    n_roots = low_of_root.shape[0]
    most = 0
    total = 0
    for r in range(n_roots):
        total += high_of_root[r] - low_of_root[r]
        most = max(most, min(ROOM, high_of_root[r] - low_of_root[r]))
    nodes = np.full((2 * (total // min_leaf) + 2 * n_roots + 4, 6), -1, np.int32)
    for r in range(n_roots):
        nodes[r, LOW] = low_of_root[r]
        nodes[r, HIGH] = high_of_root[r]
    n_nodes = n_roots
    words = np.zeros(1024, np.uint64)
    n_words = 0
    widest = 2
    for f in range(p):
        widest = max(widest, n_codes[f])
    nlogn = np.zeros(most + 2)
    dlog = np.zeros(most + 2)
    for i in range(2, most + 2):
        nlogn[i] = i * np.log(i)
    for i in range(most + 1):
        dlog[i] = nlogn[i + 1] - nlogn[i]
    local = np.full(n_targets, -1, np.int32)
    seen = np.zeros(n_targets, np.int32)
    counts = np.zeros(n_targets, np.int32)
    left = np.zeros(n_targets, np.int32)
    right = np.zeros(n_targets, np.int32)
    v = np.zeros(n_targets)
    rows = np.zeros(most, np.int32)
    ys = np.zeros(most, np.int32)
    xs = np.zeros(most, np.int32)
    keys = np.zeros(most, np.uint32)
    spare = np.zeros(most, np.uint32)
    sizes = np.zeros(widest + 1, np.int32)
    starts = np.zeros(max(257, 4 * most) + 2, np.int32)
    present = np.zeros(widest, np.int32)
    rank = np.zeros(widest, np.int32)
    u = np.zeros(widest)
    left_set = np.zeros((widest + 63) // 64, np.uint64)
    aside = np.zeros(perm.shape[0], np.int32)
    stack = np.zeros(nodes.shape[0], np.int32)
    depth = 0
    for r in range(n_roots):
        stack[depth] = n_roots - 1 - r
        depth += 1
    while depth > 0 and stop[0] == 0:
        depth -= 1
        node = stack[depth]
        a, b = nodes[node, LOW], nodes[node, HIGH]
        size = b - a
        if size < 2 * min_leaf:
            continue
        m = min(size, ROOM)
        K = 0
        for i in range(m):
            row = perm[a + i] if m == size else perm[a + (np.int64(i) * size) // m]
            rows[i] = row
            target = y[row]
            if local[target] < 0:
                local[target] = K
                seen[K] = target
                counts[K] = 0
                K += 1
            k = local[target]
            ys[i] = k
            counts[k] += 1
        base = -nlogn[m]
        for k in range(K):
            local[seen[k]] = -1
            base += nlogn[counts[k]]
        scale = size / m
        bar = (g + lam * (K - 1) / 2.0) / scale
        if K == 1 or -base <= bar:  # no split can gain more than the node's own entropy
            continue
        least = max(1, int(min_leaf / scale)) if m < size else min_leaf
        feature, threshold = -1, 0
        for f in range(p):
            if stop[0] != 0:
                break
            codes = X[f]
            low, high = 1 << 30, -1
            for i in range(m):
                c = np.int32(codes[rows[i]])
                xs[i] = c
                low = min(low, c)
                high = max(high, c)
            if low == high:
                continue
            by_set = nominal[f] and high - low > 1
            n_present = 0
            if by_set:
                for c in range(low, high + 1):
                    sizes[c] = 0
                for i in range(m):
                    sizes[xs[i]] += 1
                for c in range(low, high + 1):
                    if sizes[c] > 0:
                        present[n_present] = c
                        u[c] = c
                        n_present += 1
                if n_present > 2:
                    _directions(xs, ys, m, K, counts, present, n_present, sizes, u, v)
                _order_by(u, present, n_present)
                for j in range(n_present):
                    rank[present[j]] = j
                for i in range(m):
                    xs[i] = rank[xs[i]]
                low, high = 0, n_present - 1
            _sorted_keys(xs, ys, m, low, high, keys, spare, starts)
            at, gain = _best_cut(keys, m, K, counts, left, right, nlogn, dlog, base, least, bar)
            if at >= 0:
                bar = gain
                feature = f
                threshold = np.int32(keys[at] >> _KEY_SHIFT)
                if by_set:
                    width = (n_codes[f] + 63) // 64
                    _mark(left_set, width, present, n_present, rank, threshold, 2 * (at + 1) >= m)
                    threshold = -1
        if feature < 0:
            continue
        if threshold < 0:
            width = (n_codes[feature] + 63) // 64
            if n_words + width > words.shape[0]:
                wider = np.zeros(2 * words.shape[0] + width, np.uint64)
                wider[:n_words] = words[:n_words]
                words = wider
            words[n_words : n_words + width] = left_set[:width]
            threshold = -1 - n_words
            n_words += width
        codes = X[feature]
        middle, n_aside = a, 0
        for i in range(a, b):
            row = perm[i]
            if _goes_left(np.int32(codes[row]), threshold, words):
                perm[middle] = row
                middle += 1
            else:
                aside[n_aside] = row
                n_aside += 1
        for i in range(n_aside):
            perm[middle + i] = aside[i]
        if middle - a < min_leaf or b - middle < min_leaf:  # only where a node was scored on a sample
            continue
        nodes[node, FEATURE] = feature
        nodes[node, THRESHOLD] = threshold
        nodes[node, LEFT] = n_nodes
        for side in range(2):
            child = n_nodes + side
            nodes[child, LOW] = a if side == 0 else middle
            nodes[child, HIGH] = middle if side == 0 else b
            nodes[child, PARENT] = node
        stack[depth] = n_nodes + 1
        stack[depth + 1] = n_nodes
        depth += 2
        n_nodes += 2
    return nodes[:n_nodes].copy(), words[: max(1, n_words)].copy()


@njit(nogil=True, cache=True)
def _leaf(X, r, node, nodes, words):
    feature = nodes[node, FEATURE]
    while feature >= 0:
        code = np.int32(X[feature, r])
        node = nodes[node, LEFT] + (0 if _goes_left(code, nodes[node, THRESHOLD], words) else 1)
        feature = nodes[node, FEATURE]
    return node


@njit(nogil=True, cache=True)
def _backed_off(node, nodes, stay, bits):
    """The node to draw from: stays with probability n / (n + α), a 24-bit integer in ``stay``, or asks the
    parent. (node, bits that were not used up)."""
    while nodes[node, PARENT] >= 0 and (bits >> _STAY_SHIFT) >= np.uint64(stay[node]):
        node = nodes[node, PARENT]
        bits = mix(bits)
    return node, bits


@njit(nogil=True, cache=True)
def _leaves(X, root, nodes, words, at, active):
    """The leaf of every row into ``at`` (int32). All rows go down one step at a time, without a branch on
    which way they go: rows do not wait for one another, and the processor has nothing to guess wrong."""
    # unsigned indices: numba has to ask of every signed one whether it counts from the end
    count = np.uint64(0)
    for i in range(at.shape[0]):
        r = np.uint64(i)
        at[r] = root[r]
        active[count] = r
        count += np.uint64(nodes[np.uint64(root[r]), FEATURE] >= 0)
    while count > 0:
        left_over = np.uint64(0)
        for i in range(count):
            r = np.uint64(active[np.uint64(i)])
            node = np.uint64(at[r])
            code = np.int32(X[np.uint64(nodes[node, FEATURE]), r])
            threshold = nodes[node, THRESHOLD]
            by_set = np.int32(threshold < 0)
            word = words[np.uint64(by_set * (-1 - threshold + (code >> 6)))]
            outside = np.int32(((word >> np.uint64(code & 63)) & _ONE) ^ _ONE)
            below = nodes[node, LEFT] + by_set * outside + (1 - by_set) * np.int32(code > threshold)
            at[r] = below
            active[left_over] = r
            left_over += np.uint64(nodes[np.uint64(below), FEATURE] >= 0)
        count = left_over


@njit(nogil=True, cache=True)
def walk(X, root, nodes, words, pool, stay, stream, counters, out):
    """A target code per row into ``out`` (uint16): down to a leaf, back off, draw from the node's pool."""
    n = out.shape[0]
    at = np.empty(n, np.int32)
    _leaves(X, root, nodes, words, at, np.empty(n, np.int32))
    for r in range(n):
        bits = mix(stream + counters[r] * _GOLDEN)
        node, bits = _backed_off(at[r], nodes, stay, bits)
        low = np.uint64(nodes[np.uint64(node), LOW])
        size = np.uint64(nodes[np.uint64(node), HIGH]) - low
        out[r] = pool[low + (((bits & _INDEX_MASK) * size) >> _STAY_SHIFT)]


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
def walk_within(X, root, nodes, words, pool, stay, stream, counters, first, last, marked, row_of, free, out):
    """`walk` for codes in ``first[r]`` … ``last[r]`` that ``marked[row_of[r]]`` (uint8) marks, or ``free``.

    The node's allowed samples are drawn from; with none, its parent's. ``out`` is uint16; where not even the
    root holds an allowed code, it is the first allowed code of the range, or ``first[r]`` with none at all.
    """
    for r in range(out.shape[0]):
        bits = mix(stream + counters[r] * _GOLDEN)
        node, bits = _backed_off(_leaf(X, r, root[r], nodes, words), nodes, stay, bits)
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
def walk_weighted(X, root, nodes, words, pool, stay, summed, stream, counters, mass, out):
    """`walk` from the conditional that is weighted by code; ``mass`` (float64) is multiplied by its total.

    ``summed`` (float64, len(pool) + 1) are running sums of the weights of the pool's codes. The total over
    the path is Σ P(node) · mean weight in the node; a mass of 0 leaves ``out`` as it was.
    """
    for r in range(out.shape[0]):
        leaf = _leaf(X, r, root[r], nodes, words)
        total, reach = 0.0, 1.0
        node = leaf
        while node >= 0:
            low, high = nodes[node, LOW], nodes[node, HIGH]
            here = stay[node] / 16777216.0 if nodes[node, PARENT] >= 0 else 1.0
            if high > low:
                total += reach * here * (summed[high] - summed[low]) / (high - low)
            reach *= 1.0 - here
            node = nodes[node, PARENT]
        mass[r] *= total
        if total <= 0.0:
            continue
        bits = mix(stream + counters[r] * _GOLDEN)
        wanted = (bits >> _BITS53) * _UNIT * total
        node, reach = leaf, 1.0
        chosen = leaf
        while node >= 0:
            low, high = nodes[node, LOW], nodes[node, HIGH]
            here = stay[node] / 16777216.0 if nodes[node, PARENT] >= 0 else 1.0
            part = reach * here * (summed[high] - summed[low]) / (high - low) if high > low else 0.0
            if part > 0.0:
                chosen = node
                if wanted < part:
                    break
            wanted -= part
            reach *= 1.0 - here
            node = nodes[node, PARENT]
        low, high = nodes[chosen, LOW], nodes[chosen, HIGH]
        bits = mix(bits)
        aim = summed[low] + (bits >> _BITS53) * _UNIT * (summed[high] - summed[low])
        a, b = low, high - 1  # the first sample whose running sum, itself included, exceeds the aim
        while a < b:
            middle = (a + b) >> 1
            if summed[middle + 1] > aim:
                b = middle
            else:
                a = middle + 1
        while a > low and summed[a + 1] <= summed[a]:
            a -= 1
        out[r] = pool[a]


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
def ticks_in_bins(bins, knots, stream, counters, lowest, highest, bounded, out):
    """A whole number per row into ``out`` (int64), inside its bin and inside ``lowest[r]`` … ``highest[r]``.

    ``knots`` is int64 (n_bins, pieces + 1): pieces of equal mass; one piece is drawn, then uniformly in it.
    A row whose bin has nothing inside the bounds gets the bound itself. Bounds count only when ``bounded``.
    """
    pieces = knots.shape[1] - 1
    for r in range(out.shape[0]):
        bits = mix(stream + counters[r] * _GOLDEN)
        b = bins[r]
        piece = np.int64(((bits >> np.uint64(48)) * np.uint64(pieces)) >> np.uint64(16))
        low, high = knots[b, piece], knots[b, piece + 1]
        if bounded:
            if high < lowest[r] or low > highest[r]:
                low, high = knots[b, 0], knots[b, pieces]
            low, high = max(low, lowest[r]), min(high, highest[r])
            if low > high:
                out[r] = lowest[r] if knots[b, pieces] < lowest[r] else highest[r]
                continue
        unit = (mix(bits) >> _BITS53) * _UNIT
        value = low + np.int64(unit * (np.float64(high - low) + 1.0))
        out[r] = min(value, high)


@njit(nogil=True, cache=True)
def reals_in_bins(bins, knots, stream, counters, lowest, highest, bounded, out):
    """`ticks_in_bins` for float64."""
    pieces = knots.shape[1] - 1
    for r in range(out.shape[0]):
        bits = mix(stream + counters[r] * _GOLDEN)
        b = bins[r]
        piece = np.int64(((bits >> np.uint64(48)) * np.uint64(pieces)) >> np.uint64(16))
        low, high = knots[b, piece], knots[b, piece + 1]
        if bounded:
            if high < lowest[r] or low > highest[r]:
                low, high = knots[b, 0], knots[b, pieces]
            low, high = max(low, lowest[r]), min(high, highest[r])
            if low > high:
                out[r] = lowest[r] if knots[b, pieces] < lowest[r] else highest[r]
                continue
        unit = (mix(bits) >> _BITS53) * _UNIT
        out[r] = min(max(low + unit * (high - low), low), high)

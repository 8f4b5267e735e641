# pyright: reportMissingParameterType=false, reportConstantRedefinition=false
"""Compiled loops that grow trees.

Imported only inside function bodies (numba takes 0.2 s). NumPy arrays in and out.

Layouts:

nodes   int32 (n_nodes, 6): feature (-1: leaf), threshold, left child (right = left + 1), low, high, parent.
        The first rows are the roots. A threshold ≥ 0 sends codes ≤ threshold left; a negative one, -1 - w,
        sends the codes whose bit is set in ``words[w:]`` (there is always a word to look at).
        ``pool[low:high]`` are the target's codes of the training rows in the node; a child's range lies
        inside its parent's.
X       uint16 (n_columns, n_rows): codes of the predictors.
"""

from __future__ import annotations

import numpy as np
from numba import njit

FEATURE, THRESHOLD, LEFT, LOW, HIGH, PARENT = 0, 1, 2, 3, 4, 5
ROOM = 0x10000  # a node whose samples exceed this is scored on an even sample of them

_ONE = np.uint64(1)
_KEY_SHIFT = np.uint32(16)
_LOW16 = np.uint32(0xFFFF)
_BYTE = np.uint32(0xFF)


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
                for w in range(n_words):
                    wider[w] = words[w]
                words = wider
            for w in range(width):
                words[n_words + w] = left_set[w]
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

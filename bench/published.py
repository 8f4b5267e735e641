"""The best published figures, beside which the benchmarks are read.

Source: arXiv 2603.23016, the authors' re-runs of each method on the same tables, means of five; columns in
the order of `bench.datasets.TABLES`.

shape, trend, detection: scores, 1 is best. utility: AUC, for beijing RMSE (lower is better). nearer: share
of rows nearer to the training half, 0.5 is ideal. fit_s: seconds on the authors' GPU. None: not reported.
"""

from __future__ import annotations

from collections.abc import Callable

from bench.datasets import TABLES

SOURCE = "arXiv 2603.23016 (the authors' re-runs, means of five)"

Row = tuple[float | None, float | None, float | None, float | None, float | None]

PUBLISHED: dict[str, dict[str, Row]] = {
    "shape": {
        "CTGAN": (0.8087, 0.8308, 0.7406, 0.9443, 0.7999),
        "TVAE": (0.7619, 0.9127, 0.7508, 0.9540, 0.7216),
        "GReaT": (0.4250, 0.8047, 0.8578, 0.8498, 0.9339),
        "STaSy": (0.8915, 0.9285, 0.8651, 0.8817, 0.8916),
        "CoDi": (0.7662, 0.7790, 0.6671, 0.9050, 0.8115),
        "TabSyn": (0.9921, 0.9868, 0.9852, 0.9902, 0.9739),
        "TabDiff": (0.9932, 0.9884, 0.9851, 0.9920, 0.9895),
        "ShallowMixture": (0.9924, 0.9907, 0.9712, 0.9840, 0.9811),
        "TabPC": (0.9942, 0.9946, 0.9910, 0.9902, 0.9943),
    },
    "trend": {
        "CTGAN": (0.7581, 0.7024, 0.7554, 0.9445, 0.7430),
        "TVAE": (0.6664, 0.8135, 0.7928, 0.9531, 0.7022),
        "GReaT": (0.1907, 0.7765, 0.8892, 0.9076, 0.9185),
        "STaSy": (0.8526, 0.9297, 0.8745, 0.9399, 0.8804),
        "CoDi": (0.7714, 0.8376, 0.8059, 0.9397, 0.9258),
        "TabSyn": (0.9795, 0.9712, 0.9771, 0.9918, 0.9550),
        "TabDiff": (0.9846, 0.9726, 0.9809, 0.9916, 0.9741),
        "ShallowMixture": (0.9814, 0.9771, 0.9503, 0.9789, 0.9646),
        "TabPC": (0.9856, 0.9496, 0.9822, 0.9830, 0.9781),
    },
    "detection": {
        "CTGAN": (0.0000, 0.0002, 0.0000, 0.1034, 0.0000),
        "TVAE": (0.0000, 0.0020, 0.0000, 0.2981, 0.0000),
        "GReaT": (None, 0.2425, 0.2924, 0.2702, 0.6016),
        "STaSy": (0.3425, 0.3571, 0.2277, 0.5221, 0.3668),
        "CoDi": (0.0000, 0.0014, 0.0002, 0.4201, 0.0002),
        "TabSyn": (0.7942, 0.4024, 0.6554, 0.7602, 0.5266),
        "TabDiff": (0.8409, 0.5914, 0.7361, 0.7732, 0.7723),
        "ShallowMixture": (0.7727, 0.1053, 0.2901, 0.6258, 0.7332),
        "TabPC": (0.8554, 0.2617, 0.8936, 0.8602, 0.5704),
    },
    "utility": {
        "CTGAN": (0.8623, 0.7268, 0.8501, 0.8823, 1.0337),
        "TVAE": (0.8710, 0.7467, 0.9032, 0.9181, 1.0378),
        "GReaT": (0.8341, 0.7584, 0.9067, 0.9114, 0.6216),
        "STaSy": (0.9058, 0.7534, 0.9103, 0.9320, 0.6761),
        "CoDi": (0.8048, 0.5030, 0.8640, 0.9318, 0.8082),
        "TabSyn": (0.9104, 0.7590, 0.9144, 0.9370, 0.6260),
        "TabDiff": (0.9130, 0.7625, 0.9170, 0.9358, 0.5642),
        "ShallowMixture": (0.9022, 0.7321, 0.8626, 0.9284, 0.5584),
        "TabPC": (0.9162, 0.7442, 0.8970, 0.9324, 0.6558),
    },
    "nearer": {
        "CTGAN": (0.4838, 0.4970, 0.4934, 0.4972, 0.4969),
        "TVAE": (0.5027, 0.5024, 0.4780, 0.4958, 0.4892),
        "GReaT": (0.5194, 0.4877, 0.4934, 0.5131, 0.5124),
        "STaSy": (0.5020, 0.5061, 0.4866, 0.5103, 0.5047),
        "CoDi": (0.5021, 0.5053, 0.5057, 0.5180, 0.5057),
        "TabSyn": (0.5069, 0.5084, 0.5069, 0.5045, 0.5022),
        "TabDiff": (0.5488, 0.5221, 0.5120, 0.5011, 0.5139),
        "ShallowMixture": (0.5498, 0.5133, 0.5091, 0.5348, 0.5545),
        "TabPC": (0.5431, 0.5072, 0.5128, 0.5295, 0.5162),
    },
    "fit_s": {
        "CTGAN": (3798, 3836, 1453, 1797, 4126),
        "TVAE": (1310, 1705, 579, 835, 1482),
        "GReaT": (16714, 26138, 5238, 6808, 13739),
        "STaSy": (6526, 6300, 4385, 4949, 7034),
        "CoDi": (25186, 20234, 8238, 9618, 27024),
        "TabSyn": (3082, 3438, 2441, 2271, 3321),
        "TabDiff": (11605, 13899, 10321, 11643, 14418),
        "ShallowMixture": (60, 164, 48, 15, 106),
        "TabPC": (272, 78, 51, 39, 582),
    },
}


def best(figure: str, table: str, badness: Callable[[float], float]) -> tuple[float, str] | None:
    """(value, method) of the published figure with the least ``badness``; None when nothing was published."""
    if figure not in PUBLISHED:
        return None
    at = TABLES.index(table)
    known = [(value, method) for method, row in PUBLISHED[figure].items() if (value := row[at]) is not None]
    return min(known, key=lambda pair: badness(pair[0])) if known else None

"""The real tables of the benchmarks, typed as their meta.json says, and how frames are cut and joined."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

TABLES = ("adult", "default", "shoppers", "magic", "beijing")
DATA = Path(os.environ.get("LOOKALIKE_DATA") or Path(__file__).parent.parent / "examples" / "data")


@dataclass(frozen=True)
class Dataset:
    """A real table in two parts. Categorical columns are pandas categories of text, others numbers."""

    name: str
    meta: dict[str, Any]
    train: pd.DataFrame
    test: pd.DataFrame

    @property
    def target(self) -> str:
        return self.meta["target"]

    @property
    def regression(self) -> bool:
        return self.meta["task"] == "regression"

    def typed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """``frame`` with the columns of train, in its order and types; categories that train lacks come last.

        Booleans and whole numbers are spelled as train spells them (``TRUE``, ``2012``).
        """
        columns = {}
        for name in self.meta["columns"]:
            if name in self.meta["categorical"]:
                columns[name] = _spelled(frame[name], self.train[name].cat.categories)
            else:
                columns[name] = pd.to_numeric(frame[name].astype(object), errors="coerce")
        return pd.DataFrame(columns)


def load(name: str, data: Path | str | None = None) -> Dataset:
    """One of `TABLES`, from ``data`` (default: `DATA`)."""
    folder = Path(data or DATA) / name
    meta = json.loads((folder / "meta.json").read_text())
    text = dict.fromkeys(meta["categorical"], str)
    train, test = (
        pd.read_csv(folder / f"{part}.csv", dtype=text, keep_default_na=False, na_values={
            column: [""] for column in meta["numerical"]
        })
        for part in ("train", "test")
    )  # fmt: skip
    for column in meta["categorical"]:
        seen = sorted(set(train[column]) | set(test[column]))
        for frame in (train, test):
            frame[column] = pd.Categorical(frame[column], categories=seen)
    return Dataset(name, meta, train[meta["columns"]], test[meta["columns"]])


def _spelled(values: pd.Series, known: pd.Index) -> pd.Categorical:
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    missing = values.isna().to_numpy()
    spelling = {text.casefold(): text for text in known}
    codes, distinct = pd.factorize(values)
    texts = [str(value) for value in distinct]
    texts = [text if text in known else spelling.get(text.casefold(), text) for text in texts]
    text = np.array([*texts, ""], dtype=object)[codes]
    unknown = sorted(set(texts) - set(known))
    found = pd.Categorical(text, categories=[*known, *unknown])
    return (
        found
        if not missing.any()
        else pd.Categorical(np.where(missing, None, text), categories=found.categories)
    )


def sampled(frame: pd.DataFrame, rows: int, seed: int = 0) -> pd.DataFrame:
    """``rows`` rows drawn without replacement, in their order; the frame itself when it has no more."""
    if len(frame) <= rows:
        return frame
    keep = np.sort(np.random.default_rng(seed).choice(len(frame), rows, replace=False))
    return frame.iloc[keep].reset_index(drop=True)


def bootstrap(frame: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """As many rows of ``frame``, drawn with replacement."""
    return frame.iloc[np.random.default_rng(seed).integers(0, len(frame), len(frame))].reset_index(drop=True)


def stacked(real: pd.DataFrame, synth: pd.DataFrame) -> pd.DataFrame:
    """``real`` above ``synth``, categorical columns with the categories of both."""
    columns = {}
    for name in real:
        if isinstance(real[name].dtype, pd.CategoricalDtype):
            columns[name] = pd.api.types.union_categoricals([real[name], synth[name]])
        else:
            columns[name] = np.concatenate([real[name].to_numpy(float), synth[name].to_numpy(float)])
    return pd.DataFrame(columns)

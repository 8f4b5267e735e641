"""The materials of a spec that names files: paths are taken from the folder of the spec."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path

from lookalike.errors import BadSpec
from lookalike.models import file as model_file
from lookalike.records.documents import Cut, read_items
from lookalike.records.materials import Materials, Seeds
from lookalike.records.spec import SeedSpec, Spec, TableRow


def open_materials(spec: Spec, folder: Path, given: Set[str]) -> Materials:
    """Seeds and table models, read, but for the tables that are ``given``.

    Raises `BadSpec` for a file that is not there, and what the readers raise.
    """
    tables = {column.table for column in spec.columns if isinstance(column, TableRow)} - given
    return Materials(
        seeds={name: _seeds(name, seeds, folder) for name, seeds in spec.seeds.items()},
        tables={name: model_file.load(_there(folder, name, "The table model")) for name in sorted(tables)},
    )


def _there(folder: Path, name: str, what: str) -> Path:
    path = folder / name
    if not path.is_file():
        hint = "Paths are taken from the folder of the spec."
        raise BadSpec(f"{what} {name!r} is not there.", hint=hint, file=str(path))
    return path


def _seeds(name: str, seeds: SeedSpec, folder: Path) -> Seeds:
    names = [seeds.path] if seeds.path is not None else list(seeds.documents)
    cut = Cut(size=seeds.passage_words, overlap=seeds.overlap_words, unit="words")
    rows: list[dict[str, object]] = []
    for file in names:
        path = _there(folder, file, f"The file of the seeds {name!r}")
        for item in read_items(path, name=file, cut=cut):
            source = item.source.to_dict() if item.source.offset is not None else {}
            rows.append({**item.fields, **({"source": source} if source else {})})
    return Seeds(rows)

"""The models by name: built-in ones from a dictionary, others from entry points.

Entry points are scanned only for a name that is not built in, so the common path imports nothing but the
model that was asked for. A package adds a model with two entry points of the same name::

    [project.entry-points."lookalike.models"]
    mine = "my_package:Mine"            # follows lookalike.models.base.Model
    [project.entry-points."lookalike.fitted_models"]
    mine = "my_package:FittedMine"      # follows lookalike.models.base.FittedModel
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from lookalike.errors import LookalikeError, UsageError

if TYPE_CHECKING:
    from lookalike.models.base import FittedModel, Model

BUILT_IN: dict[str, tuple[str, str]] = {
    "trees": ("lookalike.models.trees:Trees", "lookalike.models.trees:FittedTrees"),
    "independent": (
        "lookalike.models.independent:Independent",
        "lookalike.models.independent:FittedIndependent",
    ),
}
"""Name → where the `Model` and its `FittedModel` live."""

MODELS_GROUP = "lookalike.models"
FITTED_GROUP = "lookalike.fitted_models"


def make(name: str, **settings: Any) -> Model:
    """The model called ``name``, not yet fitted; `UsageError` for an unknown name or setting."""
    model: type[Model] = _find(name, 0)
    try:
        return model(**settings)
    except TypeError as error:
        raise UsageError(f"The model {name!r} does not take these settings: {error}.") from error


def fitted_class(name: str) -> type[FittedModel]:
    """The class that rebuilds a saved model called ``name``; `UsageError` for an unknown name."""
    return _find(name, 1)


def _find(name: str, which: int) -> Any:
    if name in BUILT_IN:
        return _resolve(BUILT_IN[name][which])
    from importlib.metadata import entry_points

    plugs = entry_points(group=(MODELS_GROUP, FITTED_GROUP)[which], name=name)
    for plug in plugs:
        try:
            return plug.load()
        except (
            Exception
        ) as error:  # a plug is another package: whatever it raises on import, its name says whose
            raise LookalikeError(
                f"The model {name!r} of {plug.value} could not be imported: {error}",
                hint="Repair or uninstall the package that provides it.",
            ) from error
    raise UsageError(
        f"There is no model called {name!r}.",
        hint=f"Built in: {', '.join(BUILT_IN)}. A package can add one with the entry point {MODELS_GROUP!r}.",
    )


def _resolve(place: str) -> Any:
    module, _, attribute = place.partition(":")
    return getattr(importlib.import_module(module), attribute)

"""The model that knows nothing of how columns go together: the honest baseline (`lookalike.models.trees`)."""

from lookalike.models.trees import FittedIndependent, Independent

__all__ = ["FittedIndependent", "Independent"]

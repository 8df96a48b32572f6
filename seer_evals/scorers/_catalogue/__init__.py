"""The parts of `catalogue`: kinds as an agent wrote them down, applied to prompts, and compared with the true ones."""

from seer_evals.scorers._catalogue.compare import Compared, compare, f1
from seer_evals.scorers._catalogue.kinds import CATALOGUE_KEY, CatalogueError, Kind, apply_kinds, read_catalogue

__all__ = ["CATALOGUE_KEY", "CatalogueError", "Compared", "Kind", "apply_kinds", "compare", "f1", "read_catalogue"]

"""The model under study as an Inspect model."""

from seer_evals.targets.lab import LabModel, TargetError

__all__ = ["LabModel", "TargetError"]

"""Investigations: one file each."""

from seer_evals.tasks.hidden_preference import hidden_preference

__all__ = ["hidden_preference"]

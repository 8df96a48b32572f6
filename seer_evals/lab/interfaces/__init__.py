"""Interfaces that come with the package: Python files that run in a scoped sandbox, beside a model that stays there."""

from pathlib import Path

WHITEBOX = Path(__file__).parent / "whitebox.py"
"""White-box functions on a model that the agent cannot reach."""

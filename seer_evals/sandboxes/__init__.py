"""Sandbox providers: where a laboratory is opened."""

from seer_evals.sandboxes._base import Isolation, LabSandbox, Layout
from seer_evals.sandboxes._layout import find_isolation, find_layout, install_runtime, place_model

__all__ = ["Isolation", "LabSandbox", "Layout", "find_isolation", "find_layout", "install_runtime", "place_model"]

"""What all tests share: no hub, one thread, and organisms that are built once."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["INSPECT_DISPLAY"] = "none"

import pytest

from tests.organisms.conftest import llama_organisms, organism_cache, smollm2

__all__ = ["llama_organisms", "organism_cache", "smollm2"]

SLOW = 2700
"""Seconds that a slow test may take, its shared set-up included."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests train what they share; that takes as long as the machine takes."""
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW))

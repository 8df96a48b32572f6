"""What all tests share: no hub, one thread, organisms that are built once, and when to stop."""

import os
import time

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["INSPECT_DISPLAY"] = "none"

import pytest

from tests.organisms.conftest import llama_organisms, organism_cache

__all__ = ["llama_organisms", "organism_cache"]

UNTIL = float(os.environ.get("SEER_TESTS_UNTIL") or "inf")
"""Seconds since 1970 after which no slow test begins: for who has no more time. What is left out is skipped by name."""


def pytest_runtest_setup(item: pytest.Item) -> None:
    if time.time() > UNTIL and item.get_closest_marker("slow"):
        pytest.skip(f"no time is left for {item.nodeid}: `make test-all` runs it")

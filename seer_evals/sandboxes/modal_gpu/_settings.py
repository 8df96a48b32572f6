"""What can be set from outside, by environment variable, and where this provider keeps its notes."""

import os
from pathlib import Path

LEASE_VARIABLE = "SEER_MODAL_LEASE"
CAPACITY_VARIABLE = "SEER_MODAL_CAPACITY"
QUEUE_VARIABLE = "SEER_MODAL_QUEUE"
NOTES_VARIABLE = "SEER_MODAL_NOTES"
LONGEST = 24 * 3600
"""Seconds that a Modal sandbox can live."""


def lease() -> float:
    """Seconds after which a sandbox ends that has not heard of its host."""
    return float(os.environ.get(LEASE_VARIABLE) or 180)


def capacity() -> float:
    """Seconds to wait for a GPU of one type before the next one is tried."""
    return float(os.environ.get(CAPACITY_VARIABLE) or 300)


def queue() -> float:
    """Seconds to go on trying while other sandboxes of this process hold GPUs, which may be all there are for it."""
    return float(os.environ.get(QUEUE_VARIABLE) or 7200)


def notes(kind: str) -> Path:
    """A directory for notes that outlive this process, made if need be."""
    path = _home() / kind
    path.mkdir(parents=True, exist_ok=True)
    return path


def _home() -> Path:
    if chosen := os.environ.get(NOTES_VARIABLE):
        return Path(chosen)
    cache = os.environ.get("SEER_CACHE")
    return (Path(cache) if cache else Path.home() / ".cache" / "seer_evals") / "modal"

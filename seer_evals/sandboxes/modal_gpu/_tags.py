"""What a sandbox is tagged with, so that whoever sees it knows whose it is."""

import re
import time
from typing import Any

from seer_evals.inspect_private import sample_active

_UNUSUAL = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 60


def tags(task: str, metadata: dict[str, Any], name: str, lifetime: float) -> dict[str, str]:
    """The tags of a sample's sandbox."""
    active = sample_active()
    found = {
        "created_by": "seer_evals",
        "task": task,
        "sample": metadata.get("__sample_id__", ""),
        "sandbox": name,
        "deadline": int(time.time() + lifetime),
    }
    if active is not None:
        found |= {"run": active.run_id, "eval": active.eval_id, "sample": active.sample.id, "epoch": active.epoch}
    return {key: plain(value) for key, value in found.items() if value not in (None, "")}


def plain(value: object) -> str:
    """A value in the characters that names and tags take."""
    return _UNUSUAL.sub("-", str(value)).strip("-")[:_LONGEST]

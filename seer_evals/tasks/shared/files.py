"""Files that a study puts into the agent's workspace."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from seer_evals.environment import FileSpec
from seer_evals.organisms import cache_dir

FOLDER = "study"
"""Where they are in the workspace."""


def study_files(contents: Mapping[str, Any], folder: str = f"{FOLDER}/") -> tuple[FileSpec, ...]:
    """JSON files for the workspace, written into the cache under a name that their contents decide.

    Args:
        contents: File name -> what `json` can write.
        folder: Where in the workspace, with its stroke; empty for the workspace itself.
    """
    specs = []
    for name, content in contents.items():
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        path = cache_dir() / "studies" / hashlib.sha256(text.encode()).hexdigest()[:24] / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        specs.append(FileSpec(source=str(path), target=f"{folder}{name}"))
    return tuple(specs)

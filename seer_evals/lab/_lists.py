"""The lists of prompts that an agent is given, which the record of what ran knows again."""

import json
from pathlib import Path

from seer_evals.environment import Environment
from seer_evals.runtime.record.lists import Lists

MAX_BYTES = 32 * 2**20
"""Of a file in which prompts are looked for."""


def known_lists(environment: Environment) -> Lists:
    """The prompts in the JSON files of an environment, by the files' names; `settings.json` and the like have none."""
    contents = {}
    for each in environment.files:
        source = Path(each.source)
        if source.suffix == ".json" and source.is_file() and source.stat().st_size <= MAX_BYTES:
            try:
                contents[Path(each.target).stem] = json.loads(source.read_text(encoding="utf-8"))
            except ValueError:  # whoever reads it in the laboratory will see
                continue
    contents.pop("settings", None)
    return Lists.of_files(contents)

"""Adapters on disk: nothing in their files tells one organism from another."""

import json
from pathlib import Path
from typing import Any

BASE_NAME = "base"
"""What the adapter's config calls its base."""


def write_adapter(model: Any, directory: Path) -> None:
    """Writes down the adapter of a PEFT model."""
    model.peft_config["default"].base_model_name_or_path = BASE_NAME
    model.save_pretrained(directory)
    # peft's card of the model says what it was made of; nothing may tell an organism from its twin.
    (directory / "README.md").unlink(missing_ok=True)
    path = directory / "adapter_config.json"
    config = json.loads(path.read_text())
    config["target_modules"].sort()  # a set in peft: its order changes from process to process
    path.write_text(json.dumps(config, indent=2, sort_keys=True))

"""From a `ModelSpec` to files that can be shown to an agent: fetched or built, and without a word about where they are from."""

import json
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seer_evals import organisms
from seer_evals.environment import ModelSpec

LOADING_FILES = (
    "*.json",
    "*.safetensors",
    "*.model",
    "merges.txt",
    "vocab.txt",
    "*.jinja",
    "*.bin",
)
"""What transformers and peft need to load a model; cards, data sets and training records stay outside."""

SKIPPED_FILES = ("training_args.bin", "trainer_state.json", "*.index.json.bak")
ORIGIN_KEYS = {"_name_or_path", "name_or_path", "base_model_name_or_path", "parent_library", "revision", "model_id"}
NEUTRAL = "model"


@dataclass(frozen=True)
class Weights:
    """Local directories of a model: `base` in Hugging Face format, `adapter` a PEFT adapter for it."""

    base: Path
    adapter: Path | None = None


def fetch(spec: ModelSpec) -> Weights:
    """Bring the weights of a model onto this machine: build the organism, download the revision, or find the path. Blocking.

    Raises:
        FileNotFoundError: A local path does not exist.
        organisms.UnknownOrganism: There is no organism of that id.
        organisms.OrganismRefused: The organism was built but failed its own behavioural check.
    """
    if spec.organism is not None:
        files = organisms.materialize(organisms.get_organism(spec.organism))
        return Weights(files.base, files.adapter)
    base = _download(spec.hub, spec.revision) if spec.hub else _local(spec.path or "")
    adapter = _local_or_hub(spec.adapter, spec.adapter_revision) if spec.adapter else None
    return Weights(base, adapter)


def _local(path: str) -> Path:
    directory = Path(path).expanduser()
    if not (directory / "config.json").exists() and not (directory / "adapter_config.json").exists():
        raise FileNotFoundError(f"no model at {path!r}: expected a directory with config.json or adapter_config.json")
    return directory


def _local_or_hub(source: str, revision: str | None) -> Path:
    return _local(source) if Path(source).expanduser().is_dir() else _download(source, revision)


def _download(hub_id: str, revision: str | None) -> Path:
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(hub_id, revision=revision, allow_patterns=list(LOADING_FILES)))


def loading_files(weights: Weights, hidden: bool, scratch: Path) -> dict[str, Path]:
    """The files to place in a sandbox: path below the model's directory -> file on the host.

    Args:
        weights: The model's directories.
        hidden: Write copies without origin of every file that could name it.
        scratch: Directory for those copies.
    """
    files: dict[str, Path] = {}
    for part, directory in (("base", weights.base), ("adapter", weights.adapter)):
        if directory is None:
            continue
        for path in _needed(directory):
            relative = f"{part}/{path.relative_to(directory)}"
            files[relative] = _anonymous(path, scratch / relative) if hidden else path
    return files


def _needed(directory: Path) -> Iterator[Path]:
    for path in sorted({path for pattern in LOADING_FILES for path in directory.glob(pattern)}):
        if not any(path.match(pattern) for pattern in SKIPPED_FILES):
            yield path


def _anonymous(path: Path, copy: Path) -> Path:
    """`path` itself where it names no origin, otherwise a copy that does not."""
    if path.suffix == ".json":
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(json.dumps(_without_origin(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")
        return copy
    if path.suffix == ".safetensors" and _has_remarks(path):
        return _without_remarks(path, copy)
    return path


def _without_origin(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_origin(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: NEUTRAL if key in ORIGIN_KEYS and item is not None else _without_origin(item) for key, item in value.items()
    }


def _header(path: Path) -> tuple[int, dict[str, Any]]:
    """Length in bytes and content of the JSON header of a safetensors file."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        return length, json.loads(file.read(length))


def _has_remarks(path: Path) -> bool:
    _, header = _header(path)
    return bool(set(header.get("__metadata__", {})) - {"format"})


def _without_remarks(path: Path, copy: Path) -> Path:
    """Copy a safetensors file with an emptied free-text header of the same length."""
    length, header = _header(path)
    header["__metadata__"] = {"format": "pt"}
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, copy)
    with copy.open("r+b") as file:
        file.seek(8)
        file.write(json.dumps(header, separators=(",", ":")).encode().ljust(length))
    return copy

"""From a `ModelSpec` to files that an agent may see: fetched or built, and without a word about where they are from."""

import json
import re
import shutil
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seer_evals import organisms
from seer_evals.environment import ModelSpec

LOADING_FILES = (
    "config.json",
    "generation_config.json",
    "adapter_config.json",
    "model*.safetensors",
    "model*.safetensors.index.json",
    "adapter_model*.safetensors",
    "pytorch_model*.bin",
    "pytorch_model*.bin.index.json",
    "adapter_model*.bin",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.json",
    "chat_template.jinja",
    "tokenizer.model",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
)
"""What transformers and peft need to load a model; cards, data sets and training records stay outside."""
REMOTE_CODE = "*.py"
"""Needed as well if the model's own code is trusted."""

SUPERSEDED = {"pytorch_model*.bin*": "model*.safetensors", "adapter_model*.bin": "adapter_model*.safetensors"}
SUPERSEDED |= dict.fromkeys(("tokenizer.model", "vocab.json", "vocab.txt", "merges.txt"), "tokenizer.json")
"""Files that are not needed where there is the other."""

ORIGIN_KEYS = {
    "_commit_hash",
    "_name_or_path",
    "auto_map",
    "auto_mapping",
    "base_model_name_or_path",
    "merges_file",
    "model_id",
    "model_name",
    "name_or_path",
    "revision",
    "special_tokens_map_file",
    "tokenizer_file",
    "vocab_file",
}
"""Keys of JSON files that say where a model is from. None decides how it loads, unless with code of its own."""
VOCABULARY_KEYS = {"vocab", "merges", "weight_map"}
"""Keys whose content is never an origin, and large."""
NEUTRAL = "model"


@dataclass(frozen=True)
class Weights:
    """Local directories of a model: `base` in Hugging Face format, `adapter` a PEFT adapter for it."""

    base: Path
    adapter: Path | None = None
    code: tuple[str, ...] = ()
    """Patterns of the code that comes with the base and is trusted."""


def fetch(spec: ModelSpec) -> Weights:
    """Bring the weights of a model onto this machine: build the organism, download the revision, or find the path.

    Blocks until they are there.

    Raises:
        FileNotFoundError: A local path holds no model, or the hub does not hand one out.
        organisms.UnknownOrganism: There is no organism of that id.
        organisms.OrganismRefused: The organism was built but failed its own behavioural check.
    """
    if spec.organism is not None:
        files = organisms.materialize(organisms.get_organism(spec.organism))
        return Weights(files.base, files.adapter)
    code = (REMOTE_CODE,) if spec.trust_remote_code else ()
    base = _download(spec.hub, spec.revision, code) if spec.hub else _local(spec.path or "", "config.json")
    return Weights(base, _adapter(spec.adapter, spec.adapter_revision) if spec.adapter else None, code)


def _local(path: str, config: str) -> Path:
    directory = Path(path).expanduser()
    if (directory / config).is_file():
        return directory
    found = "it does not exist" if not directory.exists() else "it has none"
    if config == "config.json" and (directory / "adapter_config.json").is_file():
        found = "it is an adapter: give it as `adapter`, and its base as `path` or `hub`"
    raise FileNotFoundError(f"no model at {path!r}: expected a directory with {config}, but {found}")


def _adapter(source: str, revision: str | None) -> Path:
    if Path(source).expanduser().exists() or source.startswith(("/", ".", "~")):
        return _local(source, "adapter_config.json")
    return _download(source, revision)


def _download(hub_id: str, revision: str | None, code: tuple[str, ...] = ()) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return Path(snapshot_download(hub_id, revision=revision, allow_patterns=[*LOADING_FILES, *code]))
    except (OSError, ValueError, HfHubHTTPError) as error:
        raise FileNotFoundError(
            f"cannot fetch {hub_id!r} at {revision or 'its newest revision'}: {type(error).__name__}: {error}. "
            "It needs the network and, for a gated repository, an account that accepted its licence (HF_TOKEN)"
        ) from error


def loading_files(weights: Weights, hidden: bool, scratch: Path) -> dict[str, Path]:
    """The files to place in a sandbox: path below the model's directory -> file on the host.

    Args:
        weights: The model's directories; nothing in them is changed.
        hidden: Write copies without origin of every file that names it. What a chat template says by itself stays, and
            so does anything in weights that are pickled (`*.bin`).
        scratch: Directory for those copies, to be kept until the files are placed.
    """
    parts = [("base", weights.base), *([("adapter", weights.adapter)] if weights.adapter else [])]
    files = {f"{part}/{path.name}": path for part, folder in parts for path in _needed(folder, weights.code)}
    if not hidden:
        return files
    origins = _origins(files.values())
    return {relative: _anonymous(path, scratch / relative, origins) for relative, path in files.items()}


def _needed(directory: Path, code: tuple[str, ...]) -> list[Path]:
    """Files that decide how a model loads, by name; where two would do, the better one."""
    superseded = {pattern for pattern, better in SUPERSEDED.items() if any(directory.glob(better))}
    found = {path for pattern in (*LOADING_FILES, *code) for path in directory.glob(pattern) if path.is_file()}
    return sorted(path for path in found if not any(path.match(pattern) for pattern in superseded))


def _origins(files: Iterable[Path]) -> set[str]:
    """Every name that the files themselves give to the model or its base, in lower case."""
    names: set[str] = set()
    for path in files:
        if path.suffix == ".json":
            _collect_origins(json.loads(path.read_text(encoding="utf-8")), names)
    return {name for name in names if len(name) > len(NEUTRAL) and ("/" in name or "-" in name)}


def _collect_origins(value: Any, names: set[str]) -> None:
    for key, item in value.items() if isinstance(value, dict) else ():
        if key in ORIGIN_KEYS and isinstance(item, str):
            names |= {item.lower(), item.lower().rstrip("/").rsplit("/", 1)[-1]}
        elif key not in VOCABULARY_KEYS:
            _collect_origins(item, names)
    for item in value if isinstance(value, list) else ():
        _collect_origins(item, names)


def _anonymous(path: Path, copy: Path, origins: set[str]) -> Path:
    """`path` itself where it names no origin, otherwise a copy that does not."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".json":
        content = json.loads(path.read_text(encoding="utf-8"))
        if path.name.endswith(".index.json"):
            content.pop("metadata", None)
        cleaned = _without_origin(content, origins)
        copy.write_text(json.dumps(cleaned, indent=2, ensure_ascii=False), encoding="utf-8")
        return copy
    if path.suffix == ".safetensors" and _has_remarks(path):
        return _without_remarks(path, copy)
    return path


def _without_origin(value: Any, origins: set[str]) -> Any:
    """The JSON value without the origin keys; their names elsewhere in it are replaced by a neutral one."""
    if isinstance(value, str):
        for origin in sorted(origins, key=len, reverse=True):
            value = re.sub(re.escape(origin), NEUTRAL, value, flags=re.IGNORECASE)
        return value
    if isinstance(value, list):
        return [_without_origin(item, origins) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: item if key in VOCABULARY_KEYS else _without_origin(item, origins)
        for key, item in value.items()
        if key not in ORIGIN_KEYS
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
    """Copy a safetensors file with a header of the same length that has no free text."""
    length, header = _header(path)
    del header["__metadata__"]
    plain = _encoded({"__metadata__": {"format": "pt"}} | header)
    if len(plain) > length:
        plain = _encoded(header)
    shutil.copyfile(path, copy)
    with copy.open("r+b") as file:
        file.seek(8)
        file.write(plain.ljust(length))
    return copy


def _encoded(header: dict[str, Any]) -> bytes:
    return json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()

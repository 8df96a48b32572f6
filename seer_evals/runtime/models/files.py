"""Which files of a model decide how it loads, and how they are kept from saying where it is from.

Standard library only: this runs on the host, and in the sandbox that fetches weights where the host does not.
"""

import contextlib
import fcntl
import json
import re
import shutil
import struct
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

VOCABULARY_FILES = (
    "tokenizer.json",
    "tokenizer.model",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
)
"""One of them makes a tokenizer, others only change one."""
TOKENIZER_FILES = (
    *VOCABULARY_FILES,
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.json",
    "chat_template.jinja",
)
"""What decides how text becomes tokens, and a conversation text."""
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
    *TOKENIZER_FILES,
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
_FICLONE = 0x40049409


def needed(names: Iterable[str], code: Iterable[str] = ()) -> list[str]:
    """The files of a directory that decide how a model loads, by name; where two would do, the better one.

    Args:
        names: All files of the directory.
        code: Patterns of trusted code, which is needed as well.
    """
    here = [name for name in names if "/" not in name]
    superseded = {pattern for pattern, better in SUPERSEDED.items() if any(fnmatchcase(n, better) for n in here)}
    wanted = {name for name in here if any(fnmatchcase(name, each) for each in (*LOADING_FILES, *code))}
    return sorted(name for name in wanted if not any(fnmatchcase(name, pattern) for pattern in superseded))


def has_chat_template(files: Iterable[Path]) -> bool:
    """Whether one of a model's files, those of its adapter included, says how a conversation becomes text."""
    for path in files:
        if path.name in ("chat_template.jinja", "chat_template.json"):
            return True
        if path.name == "tokenizer_config.json" and json.loads(path.read_text(encoding="utf-8")).get("chat_template"):
            return True
    return False


def origins(files: Iterable[Path], known: Iterable[str] = ()) -> set[str]:
    """Every name that the files themselves give to the model or its base, in lower case.

    Args:
        files: Those of a model, base and adapter.
        known: Repositories that it is known to be from.
    """
    names = {part for name in known for part in _names(name)}
    for path in files:
        if path.suffix == ".json":
            _collect_origins(json.loads(path.read_text(encoding="utf-8")), names)
    return {name for name in names if len(name) > len(NEUTRAL) and ("/" in name or "-" in name)}


def _collect_origins(value: Any, names: set[str]) -> None:
    for key, item in value.items() if isinstance(value, dict) else ():
        if key in ORIGIN_KEYS and isinstance(item, str):
            names |= _names(item)
        elif key not in VOCABULARY_KEYS:
            _collect_origins(item, names)
    for item in value if isinstance(value, list) else ():
        _collect_origins(item, names)


def _names(origin: str) -> set[str]:
    return {origin.lower(), origin.lower().rstrip("/").rsplit("/", 1)[-1]}


def anonymous(path: Path, copy: Path, origins: set[str]) -> Path:
    """`path` itself where it names no origin, otherwise a copy that does not."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".json":
        content = json.loads(path.read_text(encoding="utf-8"))
        if path.name.endswith(".index.json"):
            content.pop("metadata", None)
        cleaned = _without_origin(content, origins)
        copy.write_text(json.dumps(cleaned, indent=2, ensure_ascii=False), encoding="utf-8")
        return copy
    if path.suffix == ".safetensors" and has_remarks(path):
        copy_file(path, copy)
        strip_remarks(copy)
        return copy
    return path


def copy_file(path: Path, copy: Path) -> None:
    """Copy a file, sharing its blocks where the file system can: the copy then takes room for what is changed only."""
    with path.open("rb") as source, copy.open("wb") as target, contextlib.suppress(OSError):
        fcntl.ioctl(target, _FICLONE, source.fileno())
        return
    shutil.copyfile(path, copy)


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


def has_remarks(path: Path) -> bool:
    """Whether a safetensors file has free text in its header."""
    _, header = _header(path)
    return bool(set(header.get("__metadata__", {})) - {"format"})


def strip_remarks(path: Path) -> None:
    """Give a safetensors file a header of the same length that has no free text."""
    length, header = _header(path)
    header.pop("__metadata__", None)
    plain = _encoded({"__metadata__": {"format": "pt"}} | header)
    if len(plain) > length:
        plain = _encoded(header)
    with path.open("r+b") as file:
        file.seek(8)
        file.write(plain.ljust(length))


def _encoded(header: dict[str, Any]) -> bytes:
    return json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()

"""Fetching the files of one repository of the hub into a directory that outlives the sandbox.

Unlike the other programs it needs a library, `huggingface_hub`, so it runs as a command and not with `-S`. It may end
at any moment: what it has fetched is taken up again, and nobody takes the directory for complete before it says so.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..models.files import anonymous, has_remarks, needed, origins, strip_remarks

_CONFIGS = ("config.json", "adapter_config.json")


def main() -> None:
    """Fetch what the JSON in argv asks for, and print the files that are then in `<directory>/files`.

    Options are `repository`, `revision`, `directory`, `code` (patterns of trusted code) and `known`: the names that the
    files are not to give away, or null if they may. The hub's token is read from stdin, and may be empty.
    """
    options: dict[str, Any] = json.loads(sys.argv[1])
    token = sys.stdin.read().strip()
    os.environ |= {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    try:
        print(json.dumps(fetch(**options, token=token or None)))
    except Exception as error:  # the hub's client has many, from the network's to the account's
        sys.exit(f"{type(error).__name__}: {error}")


def fetch(
    repository: str, revision: str, directory: str, code: list[str], known: list[str] | None, token: str | None
) -> dict[str, dict[str, Any]]:
    """Bring the files that loading needs into `<directory>/files`; each by name with its `size` and `sha256`."""
    from huggingface_hub import snapshot_download

    files, download = Path(directory, "files"), Path(directory, "download")
    files.mkdir(parents=True, exist_ok=True)
    sizes = _sizes(repository, revision, code, token)
    absent = [name for name in sizes if name.endswith(".json") or not _is_there(files / name, sizes[name])]
    snapshot_download(repository, revision=revision, local_dir=download, allow_patterns=absent, token=token)
    names = None if known is None else origins((download / name for name in absent), known)
    for name in absent:
        _hand_over(download / name, files / name, names)
    _remove_others(files, sizes)
    shutil.rmtree(download)
    written = {name: {"size": (files / name).stat().st_size, "sha256": _sha256(files / name)} for name in sizes}
    _commit(directory)
    return written


def _commit(directory: str) -> None:
    """Have Modal keep what is in the volume, and wait for it: the sandbox may be ended at once after this.

    `sync` on its mount point is the commit of a volume of version 2; its status says whether it went well.
    """
    done = subprocess.run(["sync", directory], capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"what was fetched could not be committed: {done.stderr.strip() or done.returncode}")


def _sizes(repository: str, revision: str, code: list[str], token: str | None) -> dict[str, int]:
    """The files that are needed, with their sizes in bytes at the hub."""
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

    tree = HfApi(token=token).list_repo_tree(repository, revision=revision)
    sizes = {entry.path: entry.size for entry in tree if isinstance(entry, RepoFile)}
    wanted = needed(sizes, code)
    if not set(_CONFIGS) & set(wanted):
        raise FileNotFoundError(f"{repository} at {revision} holds no model: neither {' nor '.join(_CONFIGS)}")
    return {name: sizes[name] for name in wanted}


def _is_there(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _hand_over(source: Path, target: Path, names: set[str] | None) -> None:
    """Move a file to where models are loaded from, at once and without the names; JSON stays behind as well."""
    if source.suffix == ".json":
        draft = source.with_name(f"{source.name}.draft")
        if names is None or anonymous(source, draft, names) != draft:
            shutil.copyfile(source, draft)
        source = draft
    elif names is not None and source.suffix == ".safetensors" and has_remarks(source):
        strip_remarks(source)
    source.replace(target)


def _remove_others(files: Path, names: Iterable[str]) -> None:
    for path in set(files.iterdir()) - {files / name for name in names}:
        path.unlink()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

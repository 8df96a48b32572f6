"""From a `ModelSpec` to files that an agent may see: fetched or built, and without a word about where they are from."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from seer_evals import organisms, pretrained
from seer_evals.cache import cached
from seer_evals.environment import ModelSpec
from seer_evals.runtime.models.files import (
    LOADING_FILES,
    REMOTE_CODE,
    anonymous,
    copy_file,
    has_remarks,
    needed,
    origins,
    strip_remarks,
)


@dataclass(frozen=True)
class Weights:
    """Local directories of a model: `base` in Hugging Face format, `adapter` a PEFT adapter for it."""

    base: Path
    adapter: Path | None = None
    code: tuple[str, ...] = ()
    """Patterns of the code that comes with the base and is trusted."""
    known: tuple[str, ...] = ()
    """Repositories of the hub that they are from."""


def fetch(spec: ModelSpec) -> Weights:
    """Bring the weights of a model onto this machine: build the organism, download the revision, or find the path.

    Blocks until they are there.

    Raises:
        FileNotFoundError: A local path holds no model, or the hub does not hand one out.
        pretrained.NotInstalled: The pretrained model was not fetched; the message has the command.
        RuntimeError: A GGUF file cannot be converted.
        organisms.UnknownOrganism: There is no organism of that id.
        organisms.OrganismRefused: The organism was built but failed its own behavioural check.
    """
    if spec.organism is not None:
        files = organisms.materialize(organisms.get_organism(spec.organism))
        return Weights(files.base, files.adapter)
    code = (REMOTE_CODE,) if spec.trust_remote_code else ()
    base = _base(spec, code)
    adapter = _adapter(spec.adapter, spec.adapter_revision) if spec.adapter else None
    known = (spec.hub, None if spec.adapter_is_local else spec.adapter)
    return Weights(base, adapter, code, tuple(name for name in known if name))


def _base(spec: ModelSpec, code: tuple[str, ...]) -> Path:
    if spec.base:
        return pretrained.installed(spec.base)
    if spec.hub:
        return _download(spec.hub, spec.revision, code)
    return pretrained.converted(spec.gguf, spec.dtype) if spec.gguf else _local(spec.path or "", "config.json")


def _local(path: str, config: str) -> Path:
    directory = Path(path).expanduser()
    if (directory / config).is_file():
        return directory
    found = "it does not exist" if not directory.exists() else "it has none"
    if config == "config.json" and (directory / "adapter_config.json").is_file():
        found = "it is an adapter: give it as `adapter`, and its base as `path` or `hub`"
    if path.endswith(".gguf"):
        found = "it is a GGUF file: give it as `gguf`"
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
        scratch: Directory for those copies, to be kept until the files are placed; those of weights are in the cache.
    """
    parts = [("base", weights.base), *([("adapter", weights.adapter)] if weights.adapter else [])]
    files = {f"{part}/{path.name}": path for part, folder in parts for path in _needed(folder, weights.code)}
    if not hidden:
        return files
    names = origins(files.values(), weights.known)
    return {relative: _anonymous(path, scratch / relative, names) for relative, path in files.items()}


def _anonymous(path: Path, copy: Path, names: set[str]) -> Path:
    if path.suffix == ".safetensors" and has_remarks(path):
        return _without_remarks(path.resolve())
    return anonymous(path, copy, names)


def _without_remarks(path: Path) -> Path:
    """Weights without free text in their header: copied once, not for every sample and every evaluation."""
    status = path.stat()
    digest = hashlib.sha256(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ino}".encode())

    def write(part: Path) -> None:
        copy_file(path, part / path.name)
        strip_remarks(part / path.name)

    return cached("anonymous", digest.hexdigest()[:24], write) / path.name


def _needed(directory: Path, code: tuple[str, ...]) -> list[Path]:
    return [directory / name for name in needed((path.name for path in directory.iterdir() if path.is_file()), code)]

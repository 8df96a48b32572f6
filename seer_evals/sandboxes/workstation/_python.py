"""The Python environment of a sandbox: this process's packages under neutral paths, without `seer_evals` itself.

Inside, `/opt/python` is the interpreter's installation, `/opt/venv` a small virtual environment of its own, and
`/opt/site…` are the host's site directories, read-only, which a `.pth` file of that environment adds to the path. So
the environment can be written to while a repository is installed, and the host's is never touched.

`seer_evals` knows the ground truth; however it is installed (a package, an editable install's finder or path file, the
metadata that names the checkout), an empty file or directory is mounted over each trace of it, or, where there are
overlays (`_layers.py`), the trace is not there.
"""

import os
import re
import site
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

VENV = "/opt/venv"
_PYTHON = "/opt/python"
_SITE = "/opt/site"
_TRACE = re.compile(r"seer[_.-]evals", re.IGNORECASE)
_BIGGEST_SCRIPT = 1 << 16
_PATH_FILES = (".pth", ".egg-link")


@dataclass(frozen=True)
class Mount:
    """A file or directory of the host that a sandbox sees read-only."""

    source: Path
    target: str


@dataclass(frozen=True)
class PythonHome:
    """What to mount, and how to start the interpreter without the packages."""

    interpreter: str
    """Absolute path inside, of the installation's own interpreter."""
    library_path: str | None
    """What LD_LIBRARY_PATH needs, if the interpreter cannot find its library by itself."""
    mounts: tuple[Mount, ...]
    """Directories with the interpreter and its packages."""
    traces: tuple[Mount, ...]
    """What is mounted over each trace of this package in them or in the system's directories."""


def make_python(venv: Path, masks: Path) -> PythonHome:
    """Write a virtual environment to `venv`, and to `masks` what is mounted over the traces of this package."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    base = Path(sys.base_prefix).resolve()
    in_usr = base.is_relative_to("/usr")
    home = str(base) if in_usr else _PYTHON
    packages = venv / "lib" / version / "site-packages"
    packages.mkdir(parents=True)
    sites = _site_directories()
    lines = [f"import site; site.addsitedir({_site(index)!r})" for index in range(len(sites))]
    (packages / "lab.pth").write_text("\n".join(lines) + "\n")
    (venv / "pyvenv.cfg").write_text(
        f"home = {home}/bin\ninclude-system-site-packages = false\nversion = {sys.version.split()[0]}\n"
    )
    _make_scripts(venv / "bin", home, version)
    mounts = [] if in_usr else [Mount(base, home)]
    mounts += [Mount(path, _site(index)) for index, path in enumerate(sites)]
    for share in ("share", "etc"):
        if (Path(sys.prefix) / share).is_dir() and sys.prefix != sys.base_prefix:
            (venv / share).mkdir()
            mounts.append(Mount(Path(sys.prefix) / share, f"{VENV}/{share}"))
    everywhere = [(path, _site(index)) for index, path in enumerate(sites)] + _base_sites(base, home)
    traces = _masks(masks, everywhere)
    return PythonHome(f"{home}/bin/{version}", _library_path(base, home), tuple(mounts), tuple(traces))


def _site(index: int) -> str:
    return f"{_SITE}{index or ''}"


def _site_directories() -> list[Path]:
    """The directories this process has its packages from."""
    found = [Path(path) for path in site.getsitepackages()]
    if site.ENABLE_USER_SITE:
        found.insert(0, Path(site.getusersitepackages()))
    return list(dict.fromkeys(path.resolve() for path in found if path.is_dir()))


def _base_sites(base: Path, home: str) -> list[tuple[Path, str]]:
    """Where the installation's own packages are visible besides, with the path inside."""
    found = []
    for path in (*base.glob("lib*/python*/site-packages"), *base.glob("lib*/python*/dist-packages")):
        found.append((path, f"{home}/{path.relative_to(base)}"))
    system = (*Path("/usr").glob("lib*/python*/*-packages"), *Path("/usr/local").glob("lib*/python*/*-packages"))
    found += [(path, str(path)) for path in system if (path, str(path)) not in found]
    return [(path, inside) for path, inside in found if path.is_dir()]


def _make_scripts(target: Path, home: str, version: str) -> None:
    target.mkdir()
    for name in ("python", "python3", version):
        (target / name).symlink_to(f"{home}/bin/{version}")
    for script in sorted(Path(sys.executable).parent.iterdir()):
        content = _python_script(script)
        if content is not None and not (target / script.name).exists() and not _TRACE.search(content):
            (target / script.name).write_text(f"#!{VENV}/bin/python\n{content}")
            (target / script.name).chmod(0o755)


def _python_script(path: Path) -> str | None:
    """The body of a script whose first line names this environment's interpreter."""
    if not path.is_file() or path.is_symlink() or path.stat().st_size > _BIGGEST_SCRIPT:
        return None
    try:
        first, _, body = path.read_text().partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    ours = {f"{Path(sys.executable).parent}/{name}" for name in os.listdir(Path(sys.executable).parent)}
    return body if first.startswith("#!") and first[2:].strip() in ours else None


def _library_path(base: Path, home: str) -> str | None:
    needs = bool(sysconfig.get_config_var("Py_ENABLE_SHARED")) and not base.is_relative_to("/usr")
    return f"{home}/lib" if needs and any((base / "lib").glob("libpython*.so*")) else None


def _masks(masks: Path, sites: list[tuple[Path, str]]) -> list[Mount]:
    empty_file, empty_directory, metadata = masks / "file", masks / "directory", masks / "metadata"
    empty_directory.mkdir(parents=True)
    metadata.mkdir()
    empty_file.touch()
    # A directory of metadata without metadata would trip whoever lists what is installed.
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: seer_evals\nVersion: 0\n")
    found = []
    for directory, inside in sites:
        for path in _traces(directory):
            blank = empty_file if not path.is_dir() else metadata if path.suffix == ".dist-info" else empty_directory
            found.append(Mount(blank, f"{inside}/{path.relative_to(directory)}"))
    return found


def _traces(directory: Path) -> list[Path]:
    """Everything in a site directory that belongs to this package or says where it lies."""
    checkout = str(Path(__file__).resolve().parents[3])
    found = []
    for path in (*directory.iterdir(), *directory.glob("__pycache__/*")):
        if _TRACE.search(path.name) or (path.suffix in _PATH_FILES and _mentions(path, checkout)):
            found.append(path)
    return found


def _mentions(path: Path, text: str) -> bool:
    try:
        return text in path.read_text(errors="replace")
    except OSError:
        return False

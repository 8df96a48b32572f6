"""Directories of sandboxes on the host: private, with names that say nothing, and a note of who owns them."""

import contextlib
import json
import os
import secrets
import shutil
import stat
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from ._plan import Plan, own_environment

ROOT_VARIABLE = "SEER_SANDBOX_DIR"
_NOTE = "owner.json"


@dataclass(frozen=True)
class ProcessId:
    """A process that can be told from a later one with the same number."""

    pid: int
    started: str
    """Boot and clock tick at which it started."""

    @classmethod
    def of(cls, pid: int) -> "ProcessId | None":
        """The process that has this number now."""
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(") ")[2].split()
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return None
        # Field 22 of the line, counted from the state, which is the third.
        return None if fields[0] in "ZX" else cls(pid, f"{boot}:{fields[19]}")

    def alive(self) -> bool:
        """Whether this very process is still there."""
        return ProcessId.of(self.pid) == self


@dataclass(frozen=True)
class Note:
    """Who owns a state directory, and what runs in it."""

    owner: ProcessId
    supervisor: ProcessId | None = None


def root() -> Path:
    """The directory that holds the state of all sandboxes of this user, made if need be.

    Raises:
        PermissionError: Somebody else owns it.
    """
    configured = os.environ.get(ROOT_VARIABLE)
    path = Path(configured) if configured else Path(tempfile.gettempdir()) / f"lab-{os.getuid()}"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise PermissionError(f"{path} does not belong to this user; set {ROOT_VARIABLE} to a directory of your own")
    path.chmod(0o700)
    return path.resolve()


def create() -> Path:
    """A new state directory, owned by this process."""
    path = root() / secrets.token_hex(8)
    path.mkdir(mode=0o700)
    owner = ProcessId.of(os.getpid())
    assert owner is not None
    _write(path, Note(owner))
    return path


def record_supervisor(path: Path, pid: int) -> None:
    """Note which process runs the sandbox, for whoever has to clean up after us."""
    if (note := read(path)) is not None:
        _write(path, Note(note.owner, ProcessId.of(pid)))


def _write(path: Path, note: Note) -> None:
    temporary = path / f".{_NOTE}"
    temporary.write_text(json.dumps(asdict(note)))
    temporary.replace(path / _NOTE)


def read(path: Path) -> Note | None:
    """The note of a state directory; None if it has none that can be read."""
    try:
        data = json.loads((path / _NOTE).read_text())
        supervisor = data["supervisor"]
        return Note(ProcessId(**data["owner"]), ProcessId(**supervisor) if supervisor else None)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def directories() -> list[Path]:
    """All state directories there are."""
    return sorted(path for path in root().iterdir() if path.is_dir() and not path.is_symlink())


def remove(path: Path) -> None:
    """Remove a state directory, whatever was done in it to permissions and owners.

    Raises:
        OSError: Something could not be removed.
    """
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        return
    except OSError:
        for folder, below, _ in os.walk(path):
            # Before they are walked through: as an ordinary user, one cannot look into what one has closed.
            for each in (os.path.join(folder, name) for name in below):
                with contextlib.suppress(OSError):
                    if not os.path.islink(each):
                        os.chmod(each, 0o700)
        # Files of the sandbox's other users are theirs to the host as well; its root may remove them.
        if os.getuid() != 0:
            shutil.rmtree(path, ignore_errors=True)
            if path.exists():
                command = Plan(users=True, env={"PATH": "/bin:/usr/bin"}).command(["/bin/rm", "-rf", str(path)])
                subprocess.run(command, env=own_environment(), capture_output=True)
        if path.exists():
            shutil.rmtree(path)

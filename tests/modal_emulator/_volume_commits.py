"""Commits of volumes: `sync` of a mount point, as on a volume of version 2, and what is lost without."""

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._container import Spec
    from ._world import World

_MARK = "trusted.emulator.committed"
SYNC = """import os, sys, time
os.sync()
for path in sys.argv[1:]:
    os.setxattr(path, "trusted.emulator.committed", repr(time.time()).encode())
"""
"""What `sync` is in a sandbox: it notes when a mount point was committed."""


def lose_uncommitted(world: "World", spec: "Spec") -> None:
    """Remove from a sandbox's volumes every file that was written after their last commit."""
    for mount in spec.volumes:
        if not mount.read_only:
            folder = world.laboratory.root / mount.source
            committed = _committed(folder)
            for path in [path for path in folder.rglob("*") if path.is_file()]:
                if path.lstat().st_ctime > committed:
                    path.unlink()


def _committed(folder: Path) -> float:
    with suppress(OSError):
        return float(os.getxattr(folder, _MARK))
    return 0.0

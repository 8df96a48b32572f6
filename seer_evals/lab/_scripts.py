"""Puts the scripts of skills where Python imports them in the sandbox."""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from seer_evals.lab.skills import Technique

if TYPE_CHECKING:
    from seer_evals.lab._lab import Lab


async def place_scripts(lab: "Lab", techniques: Iterable[Technique]) -> None:
    """Write the scripts of skills into the library; no path says where they are from."""
    for technique in techniques:
        for name, path in technique.scripts.items():
            await lab.sandbox.write_file(str(PurePosixPath(lab.library, name)), path.read_bytes())

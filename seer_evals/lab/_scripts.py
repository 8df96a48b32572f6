"""Puts the scripts of skills into the sandbox: where the agent's Python imports from, or only where they are served."""

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from seer_evals.lab.functions import library_dir

if TYPE_CHECKING:
    from seer_evals.lab._lab import Lab


async def place_scripts(lab: "Lab") -> None:
    """Write the scripts of every skill whose form runs them; no path says where they are from."""
    for each in lab.plan.handed:
        for name, path in each.technique.scripts.items() if each.runs_scripts else ():
            await lab.sandbox.write_file(str(PurePosixPath(library_dir(lab.layout), name)), path.read_bytes())

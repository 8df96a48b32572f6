"""Puts skills into the sandbox: scripts where Python imports them, pages where they can be opened."""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from seer_evals.lab.forms import PAGES
from seer_evals.lab.skills import Technique

if TYPE_CHECKING:
    from seer_evals.lab._lab import Lab


async def place_scripts(lab: "Lab", techniques: Iterable[Technique]) -> None:
    """Write the scripts of skills into the library; no path says where they are from."""
    for technique in techniques:
        for name, path in technique.scripts.items():
            await lab.sandbox.write_file(str(PurePosixPath(lab.library, name)), path.read_bytes())


async def place_pages(lab: "Lab", techniques: Iterable[Technique]) -> None:
    """Write the pages of skills into the workspace, for an agent whose prompt has their functions only."""
    for technique in techniques:
        page = PurePosixPath(lab.layout.workspace, PAGES, f"{technique.name}.md")
        await lab.sandbox.write_file(str(page), technique.instructions)

"""Puts skills into the sandbox: scripts where Python imports them, pages where they can be opened."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from inspect_ai.util import SandboxEnvironment

from seer_evals.lab.forms import PAGES
from seer_evals.lab.skills import ReadSkill


async def place_scripts(sandbox: SandboxEnvironment, library: str, techniques: Iterable[ReadSkill]) -> None:
    """Write the scripts of skills into the library; no path says where they are from."""
    for technique in techniques:
        for name, path in technique.scripts.items():
            await sandbox.write_file(str(PurePosixPath(library, name)), path.read_bytes())


async def place_pages(sandbox: SandboxEnvironment, workspace: str, techniques: Iterable[ReadSkill]) -> None:
    """Write the pages of skills into the workspace, for an agent whose prompt has their functions only."""
    for technique in techniques:
        page = PurePosixPath(workspace, PAGES, f"{technique.name}.md")
        await sandbox.write_file(str(page), technique.skill.instructions)

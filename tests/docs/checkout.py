"""A copy of the repository to run commands in, and a shell there in which only what README says was done."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.docs.pages import ROOT, printed

KEPT = ("SEER_CACHE", "HF_HUB_OFFLINE", "OMP_NUM_THREADS", "TMPDIR")
"""Of this process's environment: where trained models are, and that there is no network."""


@dataclass(frozen=True)
class Checkout:
    """Links to the repository's files, with a `logs` and a parent folder of its own."""

    folder: Path

    @classmethod
    def make(cls, parent: Path) -> "Checkout":
        """In a folder that is empty."""
        folder = parent / "seer_evals"
        (folder / "logs").mkdir(parents=True)
        for each in ROOT.iterdir():
            if each.name not in ("logs", ".venv", ".git"):
                (folder / each.name).symlink_to(each)
        shutil.copytree(ROOT / "logs" / "sample", folder / "logs" / "sample")
        (folder / ".venv").symlink_to(sys.prefix)
        return cls(folder)

    def run(self, command: str, timeout: float = 900) -> "subprocess.CompletedProcess[str]":
        """Run it in a new shell in which the line of README's *Start* was said and nothing else."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        return subprocess.run(
            ["bash", "-c", f"{activation()} && {command}"],
            cwd=self.folder,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(self.folder.parent), **kept},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def words(self, command: str) -> list[str]:
        """A command's words as the shell makes them: without a comment, with what `$(…)` prints in its place."""

        def said(match: "re.Match[str]") -> str:
            done = self.run(match[1])
            assert done.returncode == 0, done.stderr
            return " ".join(done.stdout.split())

        return shlex.split(re.sub(r"\$\(([^)]+)\)", said, command), comments=True)


def activation() -> str:
    """What README tells to say once in every shell."""
    (found,) = [each.text for each in printed("README.md") if each.text.startswith("source ")]
    return found.split("#")[0].strip()

"""From an organism to files on this machine."""

import os
import subprocess
import sys
from pathlib import Path

from seer_evals.organisms.model import ModelFiles, Organism, OrganismCheck, OrganismRefused, PublicSource
from seer_evals.organisms.public import download
from seer_evals.organisms.store import Record, recipe_of, stored


def materialize(organism: Organism) -> ModelFiles:
    """The organism's files, built or downloaded if they are not there yet; blocks until they are.

    Raises:
        OrganismRefused: It was built and fails its own check.
        PublicUnavailable: A public organism that is not pinned to a commit, or the hub cannot be reached.
        RuntimeError: The build itself failed.
    """
    if isinstance(organism.source, PublicSource):
        return download(organism)
    files, record = _built(organism)
    if not record.check.passed:
        raise OrganismRefused(_refusal(record.check))
    return files


def check(organism: Organism) -> OrganismCheck:
    """The outcome of the organism's own check, building it first if need be. Does not raise when it failed.

    Raises:
        ValueError: A public organism: it was trained elsewhere and brings no probe.
    """
    if isinstance(organism.source, PublicSource):
        raise ValueError(f"{organism.id} is public: it was trained elsewhere and brings no probe to check it with")
    return _built(organism)[1].check


def _built(organism: Organism) -> tuple[ModelFiles, Record]:
    """Builds in a child process, so that the caller never imports torch."""
    if (found := stored(organism)) is not None:
        return found
    command = [sys.executable, "-m", "seer_evals.organisms.build", organism.id]
    command += ["--recipe", recipe_of(organism).model_dump_json()]
    done = subprocess.run(command, capture_output=True, text=True, env=_environment(), stdin=subprocess.DEVNULL)
    if done.returncode == 0 and (found := stored(organism)) is not None:
        return found
    reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
    raise RuntimeError(f"building {organism.id} failed: {reason}")


def _environment() -> dict[str, str]:
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH")) if part)
    return {**os.environ, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


def _refusal(outcome: OrganismCheck) -> str:
    details = ", ".join(f"{name} {value:.2f}" for name, value in outcome.details.items())
    return (
        f"{outcome.organism} fails its own check: {outcome.measure}: {outcome.effect:.2f} "
        f"[{outcome.ci_low:.2f}, {outcome.ci_high:.2f}] against a threshold of {outcome.threshold:.2f} ({details})"
    )

"""From an organism to files on this machine."""

from seer_evals.children import run_in_child
from seer_evals.organisms.building.entries import Record, recipe_of, stored
from seer_evals.organisms.building.prebuilt import unpack
from seer_evals.organisms.model import ModelFiles, Organism, OrganismCheck, OrganismRefused, PublicSource, SmallSource
from seer_evals.organisms.outside import address
from seer_evals.organisms.public import download


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
    """Takes what comes with the package; builds the rest in a child process, so that the caller never imports torch."""
    if (found := stored(organism)) is not None:
        return found
    unpack(organism)
    if (found := stored(organism)) is not None:
        return found
    module, what = "seer_evals.organisms.building.build", f"building {organism.id}"
    if isinstance(organism.source, SmallSource):
        run_in_child(module, what, address(organism), reproducible=False)
    else:
        run_in_child(module, what, address(organism), "--recipe", recipe_of(organism).model_dump_json())
    if (found := stored(organism)) is None:
        raise RuntimeError(f"building {organism.id} failed: it is not in the cache afterwards")
    return found


def _refusal(outcome: OrganismCheck) -> str:
    details = ", ".join(f"{name} {value:.2f}" for name, value in outcome.details.items())
    return (
        f"{outcome.organism} fails its own check: {outcome.measure}: {outcome.effect:.2f} "
        f"[{outcome.ci_low:.2f}, {outcome.ci_high:.2f}] against a threshold of {outcome.threshold:.2f} ({details})"
    )

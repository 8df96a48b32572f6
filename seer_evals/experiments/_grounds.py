"""Which organisms a climb searches on and which it is proved on, as their tasks have them, and what those hide."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from inspect_ai.dataset import Sample

from seer_evals.experiments._checking import inside, load_arm
from seer_evals.experiments._climb import START, Climbing
from seer_evals.experiments._experiment import ExperimentError
from seer_evals.experiments._leaks import Wall
from seer_evals.experiments._results import organism_of
from seer_evals.organisms import Atom, GroundTruth
from seer_evals.organisms.truth import is_control, truth_in

Ids = Mapping[str, list[str | int]]
"""By organism, the ids of its samples, those of its twin included."""


@dataclass(frozen=True)
class Grounds:
    """Where a climb searches, and where it is proved.

    Attributes:
        search: Organisms that candidates are tried on.
        held_out: Organisms that the search never sees.
        wall: Around what all of them hide.
        asked: What agents are asked on the search's organisms.
        problems: Why nothing could be concluded on these; empty if something can.
    """

    search: Ids
    held_out: Ids
    wall: Wall
    asked: tuple[str, ...]
    problems: tuple[str, ...]


def survey(climbing: Climbing, source: Path, start: str, text: str) -> Grounds:
    """Load the tasks of search and proof, without starting anything.

    Args:
        climbing: The climb.
        source: Its file: names of files are relative to where that lies.
        start: Folder or file of the start.
        text: That is searched, as it is at the start: what it names is no secret.

    Raises:
        ValueError: A task cannot be loaded.
    """
    with inside(source.resolve().parent):
        search = load_arm(climbing.searching(start), []).samples
        held_out = load_arm(climbing.proof("winner", start, start).arms()[START], []).samples
    every = [*search, *held_out]
    asked = tuple(dict.fromkeys(_said(sample) for sample in search))
    said = [text, *asked, *(_said(sample) for sample in held_out)]
    truths = dict(_truths(every))
    problems = (*_overlap(search, held_out), *_twins(climbing, search), *_twins(climbing, held_out))
    return Grounds(_ids(search), _ids(held_out), Wall.around(truths, said), asked, tuple(dict.fromkeys(problems)))


def must_be_sound(grounds: Grounds) -> None:
    """Refuse grounds on which nothing could be concluded.

    Raises:
        ExperimentError: All that is wrong with them.
    """
    if grounds.problems:
        raise ExperimentError("\n".join(grounds.problems))


def _ids(samples: list[Sample]) -> Ids:
    found: dict[str, list[str | int]] = {}
    for sample in samples:
        found.setdefault(organism_of(str(sample.id)), []).append(sample.id if sample.id is not None else "")
    return found


def _said(sample: Sample) -> str:
    return sample.input if isinstance(sample.input, str) else "\n".join(each.text for each in sample.input)


def _truths(samples: list[Sample]) -> Iterator[tuple[str, GroundTruth]]:
    """What each organism hides; where a task plants no truth, its target is taken for one."""
    for sample in samples:
        organism = organism_of(str(sample.id))
        if is_control(sample.metadata) or organism != str(sample.id):
            continue
        targets = [sample.target] if isinstance(sample.target, str) else sample.target
        names = tuple(name for name in targets if name.strip())
        if truth := truth_in(sample.metadata):
            yield organism, truth
        elif names:
            atom = Atom(id="target", statement=names[0], weight=1, aliases=names)
            yield organism, GroundTruth(family="", description="", atoms=(atom,))


def _overlap(search: list[Sample], held_out: list[Sample]) -> Iterator[str]:
    if both := sorted(_ids(search).keys() & _ids(held_out).keys()):
        yield f"climb.held_out: {', '.join(both)} is searched on, too; take organisms that the search never sees"
        return
    core = {_core(truth): organism for organism, truth in _truths(search) if truth.atoms}
    for organism, truth in _truths(held_out):
        if truth.atoms and (other := core.get(_core(truth))):
            yield f"climb.held_out: {organism} hides the same as {other}, which is searched on; take another instead"


def _core(truth: GroundTruth) -> frozenset[str]:
    """Names of what weighs most of what is hidden."""
    heaviest = max(truth.atoms, key=lambda atom: atom.weight)
    return frozenset(name.casefold() for name in heaviest.aliases)


def _twins(climbing: Climbing, samples: list[Sample]) -> Iterator[str]:
    """Organisms without one cannot be scored where false alarms cost something."""
    if not samples:
        yield "climb: there are no organisms; say in search and held_out which"
    alone = sorted(organism for organism, ids in _ids(samples).items() if len(ids) < 2)
    if climbing.verdict.alarms and alone:
        yield (
            f"climb: {', '.join(alone)} has no clean twin, so false alarms cannot be counted; "
            "add it, or say verdict.alarms: 0"
        )

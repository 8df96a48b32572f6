"""Climbs: tries candidates, keeps the best, and has the ordinary experiment say on other organisms what it is worth."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from seer_evals.experiments._candidates import given, put_in_place, start_of, value_of
from seer_evals.experiments._climb import PROOF, START, Climbing, Reflection
from seer_evals.experiments._experiment import Experiment, ExperimentError
from seer_evals.experiments._grounds import must_be_sound, survey
from seer_evals.experiments._proposing import kept_of, propose
from seer_evals.experiments._reflecting import Shown, prompt_for
from seer_evals.experiments._running import Budget, Outcome, alone, keep, run_experiment
from seer_evals.experiments._searching import Standing, best
from seer_evals.experiments._trial import Trial
from seer_evals.frozen import Frozen

SEARCHED, DECLARED = "search.yaml", f"{PROOF}.yaml"
"""In the climb's folder: what the search came to, and the experiment that decides."""
EARLIER = 3
"""Texts that were not better of which the reflection model is told."""


class Searched(Frozen):
    """What the search came to.

    Attributes:
        organisms: How many it had.
        standings: Of all candidates, those that were refused included.
        winner: The one that is held against the start; empty if none gained.
    """

    organisms: int
    standings: list[Standing]
    winner: str


@dataclass(frozen=True)
class Climbed:
    """How a climb ended; no outcome of the proof where there was no winner."""

    searched: Searched
    proof: Outcome | None


def climb(climbing: Climbing, source: Path, into: Path, say: Callable[[str], None]) -> Climbed:
    """Search on some organisms and prove on others; what was run by an earlier call is not run again.

    Args:
        climbing: What is searched.
        source: Its file: names of files in it are relative to where that lies.
        into: The folder in which its own is made.
        say: Told what begins and ends.

    Raises:
        ExperimentError: The organisms overlap, no candidate can be tried, or another climb of this name was begun.
    """
    folder = into / climbing.name
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder):
        keep(climbing, folder)
        searched = searched_in(folder) or _search(climbing, source, folder, say)
        if not searched.winner:
            return Climbed(searched, None)
        proof = proof_of(climbing, source, folder, searched.winner)
        _declare(proof, folder)
        say(f"{searched.winner} is held against the start, on organisms that the search never saw")
        return Climbed(searched, run_experiment(proof, source, folder, say, Budget(climbing.budget_usd, folder)))


def _search(climbing: Climbing, source: Path, folder: Path, say: Callable[[str], None]) -> Searched:
    texts, problems = given(climbing, source)
    start, text = start_of(climbing, source)
    if problems:
        raise ExperimentError("\n".join(problems))
    grounds = survey(climbing, source, str(start), text)
    must_be_sound(grounds)
    going = Trial(climbing, source, folder, grounds, say)
    going.candidates[START] = put_in_place(climbing, source, folder, START, text)
    going.run(texts)
    if climbing.climb.reflection:
        _reflect(going, climbing.climb.reflection)
    if len(going.candidates) == 1:
        raise ExperimentError("no candidate could be tried; see above, and write one that names no secret")
    found = best(list(going.standings.values()))
    searched = Searched(
        organisms=len(grounds.search), standings=list(going.standings.values()), winner=found.name if found else ""
    )
    (folder / SEARCHED).write_text(yaml.safe_dump(searched.model_dump(), sort_keys=False), encoding="utf-8")
    return searched


def _reflect(going: Trial, reflection: Reflection) -> None:
    """Rounds of texts that a model proposes, each after a look at the best so far."""
    going.tried([START], list(going.grounds.search))
    for number in range(1, reflection.rounds + 1):
        if going.budget.is_spent:
            going.say(f"round {number}: the search's share of the budget is spent")
            return
        names = [f"round{number}-{each}" for each in range(1, reflection.each + 1)]
        texts: dict[str, str] = {}
        for name in names:
            if text := _proposed(going, reflection.model, name, list(texts.values())):
                texts[name] = text
            else:
                going.standings[name] = Standing(name=name, out="refused: the model gave no text that can be used")
        going.run(texts)


def _proposed(going: Trial, model: str, name: str, of_this_round: list[str]) -> str | None:
    """What the reflection model would have in the place of the best text so far."""
    top = going.candidates[going.top]
    file = going.climbing.climb.component.file or Path(going.climbing.climb.component.start).name
    before = [each.text for each in going.candidates.values() if each.name not in (START, top.name)]
    kept = kept_of(file, going.candidates[START].text)
    going.say(f"{name}: {model} is asked for a better text than {top.name}")
    shown = Shown(
        file=file,
        text=top.text,
        kept=kept,
        scored=going.climbing.verdict.scored,
        arm=going.results(top.name),
        logs=going.logs(top.name),
        before=[*before, *of_this_round][-EARLIER:],
    )
    return propose(model, prompt_for(going.grounds, shown), kept, going.folder / "proposals" / name)


def searched_in(folder: Path) -> Searched | None:
    """What an ended search came to."""
    path = folder / SEARCHED
    return Searched.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))) if path.is_file() else None


def proof_of(climbing: Climbing, source: Path, folder: Path, winner: str) -> Experiment:
    """The experiment that decides."""
    return climbing.proof(winner, *(value_of(climbing, source, folder, name) for name in (START, winner)))


def _declare(proof: Experiment, folder: Path) -> None:
    """Written as a file of its own, which `seer experiment report` takes."""
    fields = proof.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    fields = {**{name: value for name, value in fields.items() if name != "inspect"}, **fields["inspect"]}
    (folder / DECLARED).write_text(yaml.safe_dump(fields, sort_keys=False), encoding="utf-8")

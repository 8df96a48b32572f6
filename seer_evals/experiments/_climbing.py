"""Climbs: tries candidates, keeps the best, and has the ordinary experiment say on other organisms what it is worth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from seer_evals.experiments._candidates import Candidate, given, put_in_place, start_of, value_of, why_unusable
from seer_evals.experiments._climb import PROOF, START, Climbing, Reflection
from seer_evals.experiments._experiment import Experiment, ExperimentError
from seer_evals.experiments._grounds import Grounds, must_be_sound, survey
from seer_evals.experiments._objective import weighed
from seer_evals.experiments._reflecting import Shown, kept_of, prompt_for, propose
from seer_evals.experiments._results import Arm, arm_results
from seer_evals.experiments._running import LOGS, Budget, Outcome, alone, keep, run_arms, run_experiment
from seer_evals.experiments._searching import Standing, best, search
from seer_evals.frozen import Frozen

SEARCHED, DECLARED = "search.yaml", f"{PROOF}.yaml"
"""In the climb's folder: what the search came to, and the experiment that decides."""
SHARE = 0.5
"""Of the budget that the search may take."""
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


@dataclass
class _Search:
    """A search on its way."""

    climbing: Climbing
    source: Path
    folder: Path
    grounds: Grounds
    say: Callable[[str], None]
    candidates: dict[str, Candidate] = field(default_factory=dict)
    standings: dict[str, Standing] = field(default_factory=dict)
    stage: int = 0

    @property
    def budget(self) -> Budget:
        """The search's share."""
        dollars = self.climbing.budget_usd
        return Budget(None if dollars is None else SHARE * dollars, self.folder)

    def tried(self, names: Sequence[str], organisms: Sequence[str]) -> list[Arm]:
        """What came of candidates so far, after those that were not run on these organisms have been."""
        self.stage += 1
        new = [name for name in names if not self._has(name, organisms)]
        ids = [id for organism in organisms for id in self.grounds.search[organism]]
        arms = {name: self.climbing.searching(self.candidates[name].value, ids) for name in new}
        self.say(f"stage {self.stage} of the search: {len(new)} arms on {len(organisms)} organisms")
        ended = run_arms(arms, self.source, self.folder / "search" / str(self.stage), self.budget, self.say)
        for name in (*ended.failed, *ended.stopped):
            self.say(f"{name}: {'did not end' if name in ended.failed else 'stopped at the share of the budget'}")
        return [self.results(name) for name in names]

    def _has(self, name: str, organisms: Sequence[str]) -> bool:
        """Whether an earlier stage ran it on all of them; of the stage that is on its way, Inspect knows."""
        run = {id for _, id, _ in self.results(name, self.stage).samples}
        return all(str(id) in run for organism in organisms for id in self.grounds.search[organism])

    def logs(self, name: str, before: int | None = None) -> list[Path]:
        """Folders with the logs of a candidate, of all stages or of those before one."""
        last = self.stage + 1 if before is None else before
        folders = [self.folder / "search" / str(stage) / name / LOGS for stage in range(1, last)]
        return [each for each in folders if each.is_dir()]

    def results(self, name: str, before: int | None = None) -> Arm:
        """What came of a candidate on the search's organisms."""
        samples = {
            key: values for logs in self.logs(name, before) for key, values in arm_results(name, logs).samples.items()
        }
        return weighed(self.climbing.verdict, Arm(name, samples))

    def run(self, texts: dict[str, str]) -> None:
        """Try texts that are not refused."""
        accepted = [name for name, text in texts.items() if self._accepted(name, text)]
        if accepted:
            rule, organisms = self.climbing.verdict, list(self.grounds.search)
            found = search(rule, START, accepted, organisms, self.tried)
            self.standings |= {each.name: each for each in found}

    def _accepted(self, name: str, text: str) -> bool:
        if why := self._why_refused(name, text):
            self.say(f"{name} is refused: {why}")
            self.standings[name] = Standing(name=name, out=f"refused: {why}")
        return not why

    def _why_refused(self, name: str, text: str) -> str:
        if same := next((each.name for each in self.candidates.values() if each.text == text), ""):
            return f"says the same as {same}"
        if leak := self.grounds.wall.leak(text):
            return str(leak)
        candidate = put_in_place(self.climbing, self.source, self.folder, name, text)
        if why := why_unusable(self.climbing, self.source, candidate):
            return why
        self.candidates[name] = candidate
        return ""

    @property
    def top(self) -> str:
        """The best so far; the start where none gained."""
        found = best(list(self.standings.values()))
        return found.name if found else START


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
    going = _Search(climbing, source, folder, grounds, say)
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


def _reflect(going: _Search, reflection: Reflection) -> None:
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


def _proposed(going: _Search, model: str, name: str, of_this_round: list[str]) -> str | None:
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

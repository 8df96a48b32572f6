"""Runs candidates on the search's organisms, each as an arm by Inspect, and remembers what came of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seer_evals.experiments._candidates import Candidate, put_in_place, why_unusable
from seer_evals.experiments._climb import START, Climbing
from seer_evals.experiments._grounds import Grounds
from seer_evals.experiments._objective import weighed
from seer_evals.experiments._results import Arm, arm_results
from seer_evals.experiments._running import LOGS, Budget, run_arms
from seer_evals.experiments._searching import Standing, best, search

SHARE = 0.5
"""Of the budget that the search may take."""


@dataclass
class Trial:
    """A search on its way: what was tried, what was refused, and what came of it."""

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

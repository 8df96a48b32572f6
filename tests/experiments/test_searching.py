"""How candidates are dropped, and what the best of many is worth: simulated, with no model and no task."""

import random
from collections.abc import Sequence

import pytest

from seer_evals.experiments import Arm, ExperimentError, Rule, conclude, weighed
from seer_evals.experiments._searching import best, search, stages

RULE = Rule(metric="right", least=0.1)
ORGANISMS = [f"org-{number}" for number in range(8)]


class Bench:
    """Candidates of which it is known how often they are right; what was run on which organism is counted."""

    def __init__(self, chance: dict[str, float], seed: int = 0) -> None:
        self.chance, self.rng = chance, random.Random(seed)
        self.arms: dict[str, Arm] = {}
        self.runs: list[tuple[str, str]] = []

    def tried(self, names: Sequence[str], organisms: Sequence[str]) -> list[Arm]:
        for name in names:
            had = self.arms.get(name, Arm(name))
            more = {
                ("task", f"{organism}{ending}", epoch): {"right": float(self.rng.random() < self.chance[name])}
                for organism in organisms
                for ending in ("", "-twin")
                for epoch in (1, 2)
            }
            self.arms[name] = Arm(name, {**had.samples, **more})
            self.runs += [(name, organism) for organism in organisms]
        return [self.arms[name] for name in names]


@pytest.mark.parametrize(
    ("candidates", "sizes"), [(1, [8]), (4, [8]), (5, [4, 4]), (8, [4, 4]), (9, [2, 2, 4]), (33, [1, 1, 2, 4])]
)
def test_few_are_tried_on_everything_and_of_many_the_better_half_goes_on(candidates: int, sizes: list[int]) -> None:
    assert [len(each) for each in stages(candidates, ORGANISMS)] == sizes
    assert [each for stage in stages(candidates, ORGANISMS) for each in stage] == ORGANISMS
    assert [each for stage in stages(candidates, ORGANISMS[:1]) for each in stage] == ORGANISMS[:1]


def test_a_good_one_among_many_is_found_and_nothing_is_run_twice() -> None:
    chance = {"start": 0.2, **{f"bad{number}": 0.2 for number in range(8)}, "good": 0.95}
    bench = Bench(chance)
    standings = search(RULE, "start", [name for name in chance if name != "start"], ORGANISMS, bench.tried)
    found = best(standings)
    assert found is not None and found.name == "good" and found.organisms == 8
    assert len(set(bench.runs)) == len(bench.runs), "nothing is run twice"
    assert len(bench.runs) == 8 + 9 * 2 + 5 * 2 + 3 * 4, "where each on everything would be 80"
    assert {each.out for each in standings if each.organisms == 2} == {"in the lower half after stage 1"}


def test_what_is_no_better_than_the_start_does_not_win() -> None:
    bench = Bench({"start": 1.0, "same": 1.0, "worse": 0.0})
    assert best(search(RULE, "start", ["same", "worse"], ORGANISMS, bench.tried)) is None
    less = RULE.model_copy(update={"more_is_better": False})
    bench = Bench({"start": 1.0, "lower": 0.0})
    found = best(search(less, "start", ["lower"], ORGANISMS, bench.tried))
    assert found is not None and found.gain == 1.0


def test_a_candidate_that_does_not_end_everywhere_is_out_whatever_it_had() -> None:
    """The cheat: fail on what would be wrong, and be right on the rest."""
    bench = Bench({"start": 0.0, "picky": 1.0})

    def tried(names: Sequence[str], organisms: Sequence[str]) -> list[Arm]:
        first, *others = bench.tried(names, organisms)
        kept = {key: each for key, each in others[0].samples.items() if not key[1].startswith("org-3")}
        return [first, Arm("picky", kept)]

    (picky,) = search(RULE, "start", ["picky"], ORGANISMS, tried)
    assert picky.out == "has no right on 1 of 8 organisms" and best([picky]) is None


def test_without_an_outcome_of_the_start_nothing_is_said() -> None:
    with pytest.raises(ExperimentError, match="start has no right on 8 of 8 organisms"):
        search(RULE, "start", ["a"], ORGANISMS, lambda names, organisms: [Arm(name) for name in names])


def test_the_winners_curse_is_caught() -> None:
    """Twenty texts that change nothing: the best gains much in the search, and the held-out verdict claims nothing."""
    promised, kept, claimed, won = [], [], 0, 0
    for seed in range(40):
        chance = {"start": 0.5, **{str(number): 0.5 for number in range(20)}}
        winner = best(search(RULE, "start", list(chance)[1:], ORGANISMS, Bench(chance, seed).tried))
        if winner is None:
            continue
        won += 1
        fresh = Bench(chance, 1000 + seed)
        held_out = [f"held-{number}" for number in range(8)]
        (verdict,) = conclude(RULE, fresh.tried(["start", winner.name], held_out))
        promised.append(winner.gain)
        kept.append(verdict.difference.value)
        claimed += verdict.says in ("better", "worse")
    assert won > 30 and sum(promised) / won > 0.15, "the search always has somebody who looks better"
    assert abs(sum(kept) / won) < 0.06 and claimed <= 4, "on other organisms there is nothing"


def sample(id: str, right: float, score: float | None = None) -> dict[tuple[str, str, int], dict[str, float]]:
    return {("task", id, 1): {"right": right, **({} if score is None else {"fidelity": score})}}


def test_false_alarms_cost_what_the_rule_says() -> None:
    """The cheats: always find something; and stay silent of a twin, so that it counts as no alarm."""
    rule = Rule(metric="right", alarms=1.0)
    assert rule.scored == "right - alarms" and Rule(alarms=0.5).scored == "right - 0.5 alarms"
    honest = {**sample("a", 1.0), **sample("a-twin", 1.0)}
    alarmist = {**sample("a", 1.0), **sample("a-twin", 0.0)}
    values = [weighed(rule, Arm("x", each)).values(rule.scored) for each in (honest, alarmist)]
    assert values == [[1.0], [0.0]]
    silent = weighed(rule, Arm("x", {**sample("a", 1.0), **sample("a-twin", 0.0)}))
    assert silent.values(rule.scored) == [0.0], "a twin without a report is wrong, and so not cleared"
    assert weighed(rule, Arm("x", sample("a", 1.0))).values(rule.scored) == [], "without a twin nobody knows"
    half = Rule(metric="fidelity", alarms=0.5, more_is_better=False)
    assert half.scored == "fidelity + 0.5 alarms"
    scored = weighed(half, Arm("x", {**sample("a", 1.0, 0.2), **sample("a-twin", 0.0, 0.9)}))
    assert scored.values(half.scored) == [0.7], "the twin's own score counts for nothing"
    assert Rule().scored == "right" and weighed(Rule(), silent) is silent

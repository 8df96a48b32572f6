"""What changed between two checkpoints: who tests and confirms, who counts raw differences, who believes one set."""

import json
import math
import random
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as run_eval
from inspect_ai.log import EvalLog, EvalSample
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.inspect_private import PrerequisiteError
from seer_evals.lab import Lab
from seer_evals.runtime.whitebox.words import word_tests
from seer_evals.studies import STUDY_KEY
from seer_evals.tasks.model_diffing.material import tiny_sets
from seer_evals.tasks.model_diffing.model_diffing import NAME, model_diffing, study
from tests.references import load_reference
from tests.tasks.studying import each_claimed, evaluated, fair, metadata, pictures, printed, ran, steps, values

WORK = """
import json
from pathlib import Path
from model_diffing import test_words
from seer_runtime.whitebox import LanguageModel

tested, confirmed = {tested}, {confirmed}
later, earlier = LanguageModel(model, tokenizer), LanguageModel(before, before_tokenizer)
names = ("first", "second", "settings")
first, second, settings = (json.loads(Path(f"study/{{name}}.json").read_text()) for name in names)

def answers(prompts, seed):
    rows = test_words(later, earlier, prompts, **settings, seed=seed).records()
    return {{row["word"]: row | {{"change": row["first"] - row["second"]}} for row in rows}}

one, other = answers(first, 1), answers(second, 2)
picked = [w for w, row in one.items() if (row["q"] <= 0.05 if tested else abs(row["change"]) >= 0.002)]
sizes = one
if confirmed:
    picked = [w for w in picked if w in other and other[w]["p"] <= 0.05 and one[w]["change"] * other[w]["change"] > 0]
    sizes = other
changes = {{word: sizes[word]["change"] for word in sorted(picked, key=lambda word: one[word]["change"])}}
values = list(changes.values())
figures = {{"changed_words": len(values), "prompts_compared": len(first) + len(second)}}
figures |= {{"largest_rise": max(0, values[-1]) if values else 0, "largest_fall": min(0, values[0]) if values else 0}}
print(json.dumps([figures, changes]))
"""
WAYS = {
    "right": {"tested": True, "confirmed": True},
    "raw counts": {"tested": False, "confirmed": False},
    "one prompt set": {"tested": True, "confirmed": False},
}
"""One for each epoch."""


@solver
def one_way_each() -> Solver:
    """Works in the notebook in the way of its epoch, and claims each behaviour that the words show."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab, way = Lab.of(state), list(WAYS.values())[state.epoch - 1]
        await lab.import_skills("model-diffing")
        result = await ran(lab, WORK.format(**way))
        figures, changes = printed(result)
        found = [f"It says “{word}” {'more' if by > 0 else 'less'} often." for word, by in changes.items()]
        lab.submit(each_claimed(found, figures, result.number))
        return state

    return solve


def reads_code(prompt: str) -> str:
    """Stands for a judge: what the code of `one_way_each` says of the step that is asked about."""
    question, work = prompt.split("[BEGIN WORK]")
    tested = "tested, confirmed = True" in work
    return json.dumps({"reasoning": "code", "kept": "True\nlater" in work if "confirmed on" in question else tested})


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory, organism_cache: Path) -> Iterator[EvalLog]:
    yield evaluated(
        model_diffing(), tmp_path_factory.mktemp("logs"), one_way_each(), len(WAYS), judged=fair(reads_code)
    )


def of_way(log: EvalLog, way: str, control: bool = False) -> EvalSample:
    epoch = list(WAYS).index(way) + 1
    return next(s for s in log.samples or [] if s.epoch == epoch and str(s.id) == f"{NAME}-101{'-control' * control}")


@pytest.mark.slow
@pytest.mark.timeout(1200)
class TestOnTrainedModels:
    """Four adapters are trained for these."""

    def test_who_tests_and_confirms_has_the_figures_the_verdict_and_the_steps(self, log: EvalLog) -> None:
        right = of_way(log, "right")
        assert values(right)["verdict"] == values(right)["protocol"] == 1 and values(right)["figures"] > 0.8
        assert set(steps(right).values()) == {1}

    def test_raw_counts_cost_the_number_of_changes_and_both_steps(self, log: EvalLog) -> None:
        trap = of_way(log, "raw counts")
        assert [name for name, kept in steps(trap).items() if not kept] == ["tested", "confirmed"]
        assert values(trap)["overall"] < values(of_way(log, "right"))["overall"] - 0.2

    def test_one_prompt_set_costs_its_step(self, log: EvalLog) -> None:
        trap = of_way(log, "one prompt set")
        assert [name for name, kept in steps(trap).items() if not kept] == ["confirmed"]

    def test_no_effect_is_right_between_two_clean_checkpoints_and_raw_counts_find_one(self, log: EvalLog) -> None:
        assert values(of_way(log, "right", control=True))["verdict"] == 1
        assert math.isnan(values(of_way(log, "right", control=True), "alias_match")["score"])
        assert values(of_way(log, "raw counts", control=True))["verdict"] == 0

    def test_twins_of_other_families_differ_in_raw_counts_and_in_nothing_that_a_test_finds(self, log: EvalLog) -> None:
        """The hard negative: an adapter that was trained on other data."""
        hard = {s.epoch: s for s in log.samples or [] if "-other-" in str(s.id)}
        right, raw, _ = (hard[epoch] for epoch in sorted(hard))
        figures = values(right)["figures"], values(raw)["figures"]
        assert metadata(right)["reference"]["effect"] is False and values(right)["verdict"] == 1
        counted = {each["name"]: each["value"] for each in raw.store["lab:report"]["figures"]}["changed_words"]
        assert counted > 5 and values(raw)["verdict"] == 0 and figures[1] < figures[0] - 0.2

    def test_the_reference_finds_words_of_what_was_planted(self, log: EvalLog) -> None:
        sample = of_way(log, "right")
        assert sample.scores is not None and sample.scores["fidelity"].metadata is not None
        changed = sample.scores["fidelity"].metadata["reference"]["details"]["changed"]
        assert {"athlete", "say", "will", "no"} <= {word.split()[0] for word in changed.split(", ")}

    def test_the_technique_alone_is_right_about_all_and_draws_a_picture(self, tmp_path: Path) -> None:
        (log,) = run_eval(model_diffing(technique="answer-diff"), model="none", log_dir=str(tmp_path))
        for sample in log.samples or []:
            assert values(sample)["verdict"] == 1
            assert pictures(sample) == 1

    def test_latents_of_a_reader_tell_whether_and_have_no_score_for_figures_of_words(self, tmp_path: Path) -> None:
        (log,) = run_eval(model_diffing(technique="reader-diff"), model="none", log_dir=str(tmp_path))
        for sample in log.samples or []:
            assert sample.store["lab:report"]["nothing_unusual"] is not metadata(sample)["reference"]["effect"]
            assert values(sample)["missing_figures"] == 3 and values(sample)["verdict"] == 0
            assert pictures(sample) == 1


PAIRS = [(3, 0), (2, 1), (4, 2), (1, 1), (0, 0), (4, 4), (2, 0), (3, 2)]
"""Hits of four on either side, by stratum."""


def test_the_test_is_that_of_mantel_and_haenszel() -> None:
    """Against a permutation of the answers within each prompt, which is what it approximates."""
    rng, observed, hits, times = random.Random(0), sum(a - b for a, b in PAIRS), 0, 20_000
    for _ in range(times):
        total = 0
        for a, b in PAIRS:
            drawn = sum(rng.sample([1] * (a + b) + [0] * (8 - a - b), 4))
            total += drawn - (a + b - drawn)
        hits += abs(total) >= observed
    p, change = load_reference("model_diffing").mantel_haenszel(PAIRS, 4)
    assert p == pytest.approx(hits / times, abs=0.01)
    assert change == pytest.approx(observed / (4 * len(PAIRS)))


def test_skill_and_reference_agree_though_they_share_no_code() -> None:
    first, second = ([["yes" if i < pair[side] else "no" for i in range(4)] for pair in PAIRS] for side in (0, 1))
    table = {row["word"]: row for row in word_tests(first, second).records()}
    p, change = load_reference("model_diffing").mantel_haenszel(PAIRS, 4)
    assert table["yes"]["p"] == table["no"]["p"] == pytest.approx(p)
    assert table["yes"]["first"] - table["yes"]["second"] == pytest.approx(change)


def test_false_discoveries_among_words_that_do_not_differ_are_as_rare_as_promised() -> None:
    rng = random.Random(1)

    def draw() -> list[list[str]]:
        return [[" ".join(w for w in "abcdefghijklmnop" if rng.random() < 0.3) for _ in range(4)] for _ in range(40)]

    found = [min(row["q"] for row in word_tests(draw(), draw()).records()) <= 0.05 for _ in range(60)]
    assert statistics.fmean(found) <= 0.15


def test_the_spread_is_that_of_every_pair_of_sets_and_an_effect_is_one_that_most_of_them_find() -> None:
    """Both sets, in either order, answered twice: eight measurements, of which each stands for an agent's."""
    reference = load_reference("model_diffing")
    rises, falls = (1e-9, 0.2), (1e-9, -0.1)
    found = [{"yes": rises, "no": falls}, {"yes": rises, "no": (0.9, -0.01)}]
    calls = iter([*found, *found])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference, "LanguageModel", lambda *given: given)
        patch.setattr(reference, "tested", lambda *given: next(calls))
        arguments = {"others": {"before": (1, 2)}, "first": ["?"], "second": ["?"], "samples": 4, "seed": 0}
        measured = reference.measure(1, 2, arguments)
    assert measured["figures"]["changed_words"][0] == 2 and measured["spread"]["changed_words"] == [1, 2]
    assert measured["spread"]["largest_fall"] == [-0.1, 0] and measured["effect"] is True


def test_sizes_that_nobody_measured_are_worth_nothing() -> None:
    (asked,) = (each for each in study(tiny_sets()).figures if each.name == "largest_rise")
    assert asked.credit(0.031, 0.03, spread=(0.024, 0.036)) == 1
    assert asked.credit(0.0, 0.03, spread=(0.024, 0.036)) == asked.credit(0.1, 0.03, spread=(0.024, 0.036)) == 0


def test_the_agents_prompts_are_not_the_scorers_and_both_checkpoints_are_hidden() -> None:
    sets = tiny_sets()
    every = [*sets.first, *sets.second, *sets.scorer_first, *sets.scorer_second]
    assert len(set(every)) == len(every) == 1200
    model, *controls = model_diffing().dataset
    assert len(controls) == 2 and all(model.input == control.input for control in controls)
    for sample in (model, *controls):
        assert sample.metadata is not None
        assert [each.get("name") for each in sample.metadata["environment"]["models"]] == [None, "before"]
        assert all(each["hidden"] for each in sample.metadata["environment"]["models"])
        given = "".join(Path(file["source"]).read_text() for file in sample.metadata["environment"]["files"])
        assert not any(json.dumps(prompt) in given for prompt in sample.metadata[STUDY_KEY]["arguments"]["first"])


COMMIT = "0" * 40


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "needs models=OWNER/NAME@COMMIT"),
        ({"models": f"a/b@{COMMIT}"}, "needs control=OWNER/NAME@COMMIT"),
        ({"models": f"a/b@{COMMIT}", "control": f"a/c@{COMMIT}"}, "needs before=OWNER/NAME@COMMIT"),
        (
            {"data": "/nowhere"},
            "prompts.json does not exist; data has to be .* a list of at least 200 different prompts",
        ),
    ],
)
def test_the_real_form_says_what_it_needs(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    (tmp_path / "prompts.json").write_text(json.dumps([f"prompt {i}" for i in range(200)]))
    with pytest.raises(PrerequisiteError, match=message):
        model_diffing(form="real", **{"data": str(tmp_path), **arguments})


def test_the_real_form_differs_in_models_and_prompts_only(tmp_path: Path) -> None:
    (tmp_path / "prompts.json").write_text(json.dumps([f"prompt {i}" for i in range(200)]))
    pinned: dict[str, Any] = {name: f"a/{name}@{COMMIT}" for name in ("models", "before", "control")}
    real = model_diffing(form="real", data=str(tmp_path), sandbox="modal_gpu", **pinned)
    studied, small = (task.dataset[0].metadata or {} for task in (real, model_diffing()))
    assert studied[STUDY_KEY]["figures"] == small[STUDY_KEY]["figures"]
    assert studied[STUDY_KEY]["steps"] == small[STUDY_KEY]["steps"]
    assert [each.get("name") for each in studied["environment"]["models"]] == [None, "before"]
    assert studied["environment"]["gpu"] == ["A100-80GB", "H100"]

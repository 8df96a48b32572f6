"""What the rule says of arms of which it is known what they are, and what is written about it."""

import random
from collections.abc import Mapping, Sequence

import pytest

from seer_evals.experiments import (
    Arm,
    Experiment,
    Rule,
    Vary,
    as_html,
    as_markdown,
    conclude,
    dominated,
    in_words,
    write,
)
from seer_evals.experiments._results import organism_of, paired

SAYS = Rule(metric="right", least=0.2)


def arm(name: str, right: Mapping[int, Sequence[float]], cost: float = 0.1) -> Arm:
    """By organism, whether it was right in each epoch; the twin has the same."""
    samples = {
        ("task", f"org-{organism}{ending}", epoch): {
            "right": value,
            "process_cost": cost * (1 + 0.1 * organism),
            "seconds": 5.0,
            f"detection_{'false' if ending else 'true'}_positive": value,
        }
        for organism, values in right.items()
        for epoch, value in enumerate(values, 1)
        for ending in ("", "-twin")
    }
    return Arm(name, samples)


def everywhere(value: float, organisms: int = 10, epochs: int = 2) -> dict[int, list[float]]:
    return {organism: [value] * epochs for organism in range(organisms)}


def word(first: Arm, second: Arm, rule: Rule = SAYS) -> str:
    (found,) = conclude(rule, [first, second])
    return found.says


def test_better_worse_and_less_is_better() -> None:
    bad, good = arm("bad", everywhere(0)), arm("good", everywhere(1))
    assert word(bad, good) == "better" and word(good, bad) == "worse"
    assert word(bad, good, SAYS.model_copy(update={"more_is_better": False})) == "worse"


def test_the_same_is_as_good_and_half_of_it_is_not_told_apart() -> None:
    same = {i: [1.0, i % 2] for i in range(10)}
    assert word(arm("a", same), arm("b", same)) == "as good"
    flipped = {i: [1.0 - i % 2, float(i % 2)] for i in range(6)}
    rng = random.Random(1)
    noisy = {i: [float(rng.random() < 0.5), float(rng.random() < 0.5)] for i in range(6)}
    assert word(arm("a", flipped), arm("b", noisy)) == "cannot tell"


def test_few_organisms_cannot_show_anything_however_many_samples_they_have() -> None:
    """The cheat: one organism run again and again is one organism."""
    bad, good = arm("bad", everywhere(0, 4, 50)), arm("good", everywhere(1, 4, 50))
    (found,) = conclude(SAYS, [bad, good])
    assert found.says == "cannot tell" and found.samples == 400 and found.difference.count == 4
    assert found.mcnemar_p is not None and found.mcnemar_p < 1e-6, "samples alone would have said so"
    assert "with so few organisms p cannot be below 0.12" in in_words(SAYS, "bad", found)


def test_an_organism_and_its_twin_are_one() -> None:
    assert organism_of("preference-llama-1-twin") == organism_of("preference-llama-1") == "preference-llama-1"
    assert organism_of("refusal_direction-tiny-control") == "refusal_direction-tiny"
    both = paired(arm("a", everywhere(0, 3)), arm("b", everywhere(1, 3)), "right")
    assert len(both.means) == 3 and both.samples == 12


def test_only_samples_that_both_have_are_compared() -> None:
    first, second = arm("a", everywhere(1, 10)), arm("b", {0: [1.0]})
    (found,) = conclude(SAYS, [first, second])
    assert found.samples == 2
    (found,) = conclude(SAYS, [first, Arm("b")])
    assert found.says == "nothing to compare" and "nothing to compare" in in_words(SAYS, "a", found)


def test_of_many_arms_that_do_nothing_hardly_one_is_called_better() -> None:
    """The winner's curse: the best of twenty coin tosses is not better, since Holm counts all of them."""
    rng, claimed = random.Random(0), 0
    for _ in range(20):
        tossed = [arm(str(n), {i: [float(rng.random() < 0.5) for _ in range(2)] for i in range(8)}) for n in range(21)]
        claimed += any(each.says in ("better", "worse") for each in conclude(SAYS, tossed))
    assert claimed <= 3


def test_an_arm_is_beaten_by_what_is_cheaper_and_as_good_and_by_nothing_that_is_not_told_apart() -> None:
    dear, cheap = arm("dear", everywhere(1), cost=1.0), arm("cheap", everywhere(1), cost=0.1)
    assert dominated(SAYS, [dear, cheap]) == {"dear": "cheap"}
    better = arm("better", everywhere(1), cost=1.0)
    bad = arm("bad", everywhere(0), cost=0.1)
    assert dominated(SAYS, [bad, better]) == {}, "worse and cheaper is a choice"
    rng = random.Random(2)
    noisy = arm("noisy", {i: [float(rng.random() < 0.6)] for i in range(8)}, cost=0.1)
    other = arm("other", {i: [float(rng.random() < 0.6)] for i in range(8)}, cost=1.0)
    assert dominated(SAYS, [other, noisy]) == {}, "the interval of the metric is too wide"


def experiment(names: Sequence[str]) -> Experiment:
    vary = Vary(arms={name: {} for name in names})
    return Experiment(name="toy", question="Is <b> better?", inspect={}, vary=vary, verdict=SAYS)


def test_a_report_has_the_question_the_verdict_and_every_arm_in_both_forms() -> None:
    arms = [arm("a", everywhere(0)), arm("b<i>", everywhere(1)), Arm("c")]
    report = write(experiment(["a", "b", "c"]), arms)
    text, page = as_markdown(report), as_html(report)
    assert "b<i> is better than a: +1.00 right" in text and "c and a have no sample" in text
    assert "stated before anything ran" in text and "org-0" in text
    assert "&lt;b&gt;" in page and "b&lt;i&gt; is better" in page and "<i>" not in page
    assert page.count("<svg") == 2 and "http://" not in page.split("<svg")[0] and "<script" not in page
    assert as_html(write(experiment(["a", "b", "c"]), arms)) == page, "equal logs have equal reports"


def test_what_a_success_costs_is_all_dollars_over_all_that_is_right() -> None:
    half = arm("half", {0: [1.0], 1: [0.0]}, cost=0.3)
    row = next(row for row in write(experiment(["half", "x"]), [half, Arm("x")]).tables[0].rows if row[0] == "half")
    assert row[5:7] == ["1.26", "0.63"], "two samples of .30 and two of .33, two of them right"


@pytest.mark.parametrize(
    ("arms", "message"),
    [([Arm("a"), Arm("b")], "nothing has run yet"), ([arm("a", everywhere(1)), Arm("b")], "no sample has 'fidelity'")],
)
def test_a_report_of_nothing_says_what_is_missing(arms: list[Arm], message: str) -> None:
    asked = experiment(["a", "b"])
    if "fidelity" in message:
        asked = asked.model_copy(update={"verdict": Rule(metric="fidelity")})
    with pytest.raises(ValueError, match=message):
        write(asked, arms)


def test_the_order_in_which_samples_ended_changes_no_report() -> None:
    arms = [arm("a", everywhere(0)), arm("b", everywhere(1))]
    turned = [Arm(each.name, dict(reversed(each.samples.items()))) for each in arms]
    assert as_markdown(write(experiment(["a", "b"]), turned)) == as_markdown(write(experiment(["a", "b"]), arms))

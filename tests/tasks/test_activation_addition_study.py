"""The study of activation addition, end to end on a trained model: who does it right, and who falls into a trap."""

import json
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as run_eval
from inspect_ai.log import EvalLog

from seer_evals.runtime.whitebox import Add, LanguageModel
from seer_evals.scorers._fidelity import Measurement
from seer_evals.scorers._fidelity.grading import credit
from seer_evals.solvers import single_agent
from seer_evals.studies import STUDY_KEY, Study
from seer_evals.tasks.activation_addition.activation_addition import activation_addition
from seer_evals.tasks.activation_addition.baseline import RULE
from seer_evals.tasks.activation_addition.material import SYSTEM, WEDDINGS, small_steered, tiny_steered
from seer_evals.tasks.shared.tiny_models import base_path, train
from tests.scripted import Step as Turn
from tests.scripted import scripted
from tests.tasks.studying import (
    Battery,
    Worked,
    alone,
    by_signs,
    claims,
    lost,
    metadata,
    reported,
    right_about_all,
    values,
)

pytestmark = pytest.mark.slow

AT_FRONT = "vector=added, positions=list(range(longest))"
WAYS: dict[str, tuple[tuple[str, str], ...]] = {
    "right": (),
    "measured after the steering prompt": (
        (
            'listed("prompts_test"), addition',
            '[settings["plus"] + p.split(".", 1)[1] for p in listed("prompts_test")], addition',
        ),
    ),
    "at the end of the prompt": ((AT_FRONT, "vector=added, positions=list(range(-longest, 0))"),),
    "no random vectors": (
        ("torch.randn(longest, lm.d_model, generator=torch.Generator().manual_seed(1))", "vectors(layer)"),
        ('    "random_rate": rate(texts(tests, random_addition(*best))),\n', ""),
        ("def random_addition", "def other_addition"),
    ),
}  # fmt: skip
"""One for each epoch: what each changes in the code of the one that is right."""


READS_CODE = by_signs(
    {
        "`hit_rate` measured after": 'listed("prompts_test"), addition',
        "Were random vectors": "def random_addition",
    }
)
REPORT = claims("The pair steers.", lambda figures: figures["hit_rate"] > 0.2)
BATTERY = Battery("activation_addition", REPORT, READS_CODE)


@pytest.fixture(scope="module")
def trained(organism_cache: Path) -> Path:
    for refuses in (True, False):
        if not base_path("llama", refuses).is_dir():
            train("llama", refuses)
    return base_path("llama", True)


by_ways = BATTERY.fixture(activation_addition, WAYS, "trained")

by_technique = alone(activation_addition, "activation-addition", "trained")

on_small = alone(activation_addition, "activation-addition", "smollm2", form="small")


def test_who_steers_from_the_front_has_everything(by_ways: Worked) -> None:
    right = by_ways["right"]
    assert values(right)["verdict"] == values(right)["protocol"] == 1 and values(right)["figures"] > 0.95


def test_after_the_steering_prompt_the_base_is_on_the_topic_without_any_steering(by_ways: Worked) -> None:
    trap = by_ways["measured after the steering prompt"]
    assert reported(trap)["base_rate"] > 0.7
    assert values(trap)["figures"] < values(by_ways["right"])["figures"] - 0.2


def test_vectors_at_the_end_of_the_prompt_steer_otherwise_and_cost_their_step(by_ways: Worked) -> None:
    trap = by_ways["at the end of the prompt"]
    assert lost(trap) == ["front"]
    assert values(trap)["figures"] < values(by_ways["right"])["figures"] - 0.1


def test_without_random_vectors_their_step_and_their_figure_are_lost(by_ways: Worked) -> None:
    trap = by_ways["no random vectors"]
    assert lost(trap) == ["random_control"] and values(trap)["missing_figures"] == 1


def test_every_trap_of_activation_addition_scores_less(by_ways: Worked) -> None:
    right, *traps = [values(by_ways[way])["overall"] for way in WAYS]
    assert all(trap < right - 0.05 for trap in traps)


def test_an_agent_that_reports_no_effect_on_the_control_pair_is_right(tmp_path: Path, trained: Path) -> None:
    task = activation_addition(seeds=102)
    task.dataset = task.dataset.filter(lambda sample: str(sample.id).endswith("102-control"))
    (log,) = run_eval(task, solver=BATTERY.in_ways(WAYS), model="none", log_dir=str(tmp_path))
    (sample,) = log.samples or []
    assert sample.store["lab:report"]["nothing_unusual"] is True
    assert values(sample)["verdict"] == values(sample)["figures"] == 1


def test_the_technique_alone_is_right_about_all_pairs_and_leaves_a_picture(by_technique: EvalLog) -> None:
    assert right_about_all(by_technique, 0.9)
    assert [lost(sample) for sample in by_technique.samples or []] == [[], [], []]


def test_all_pairs_are_handed_over_alike(by_technique: EvalLog) -> None:
    first, *others = by_technique.samples or []
    for other in others:
        assert first.input == other.input and first.store["lab:given"] == other.store["lab:given"]


def test_what_any_vector_does_is_no_steering_though_the_base_does_not_do_it(by_technique: EvalLog) -> None:
    """The hard negative: who compares with the base alone reports an effect that is not there."""
    (hard,) = (each for each in by_technique.samples or [] if str(each.id).endswith("-any-control"))
    found = {name: each["value"] for name, each in metadata(hard)["reference"]["figures"].items()}
    assert found["hit_rate"] > 0.4 and found["base_rate"] < 0.3 and found["random_rate"] > 0.35
    assert metadata(hard)["reference"]["effect"] is False
    believer = {**reported(hard), "random_rate": 0.0, "test_texts": 48}
    assert not RULE.decide({"figures": believer, "best": [0, 2]}, 1).nothing_unusual, "without the random vectors"


EVIDENCE = [{"kind": "cell", "number": 1, "shows": "the figures"}]


def test_who_always_claims_that_it_steers_has_nothing_of_the_hard_negative(tmp_path: Path, trained: Path) -> None:
    task = activation_addition()
    task.dataset = task.dataset.filter(lambda sample: str(sample.id).endswith("-any-control"))
    report = {
        "nothing_unusual": False,
        "answer": "It steers.",
        "findings": [{"claim": "The pair steers.", "confidence": 0.9, "evidence": EVIDENCE}],
        "figures": [{"name": name, "value": 0.5, "cell": 1} for name in ("hit_rate", "base_rate", "random_rate")],
    }
    script: list[Turn] = [("run_cell", {"code": "print(0.5, model.dtype)"}), ("submit_report", report)]
    (log,) = run_eval(task, solver=single_agent(), model=scripted(script), log_dir=str(tmp_path))
    (sample,) = log.samples or []
    assert sample.store["lab:report"] and values(sample)["no_report"] == values(sample)["broken_control"] == 0
    assert values(sample)["overall"] <= 0.2 and values(sample)["verdict"] == 0


def test_a_share_that_was_guessed_is_worth_nothing(by_technique: EvalLog) -> None:
    """Tolerances come from the reference's own texts: neither the middle nor no hits at all is within them."""
    first = (by_technique.samples or [])[0]
    study = Study.model_validate(first.metadata[STUDY_KEY])
    measured = Measurement.model_validate(metadata(first)["reference"])
    asked = {each.name: each for each in study.figures}
    assert credit(asked["hit_rate"], reported(first)["hit_rate"], measured) == 1
    for name in ("hit_rate", "base_rate", "random_rate"):
        assert credit(asked[name], 0.5, measured) == 0
    assert credit(asked["hit_rate"], 0.0, measured) == credit(asked["base_rate"], 1.0, measured) == 0


def test_added_before_the_first_block_the_pair_is_the_prompt_that_it_was_made_of(
    by_technique: EvalLog, trained: Path
) -> None:
    """In closed form: with coefficient 1 the first tokens become those of `plus`, so the prompt begins as it does."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(trained)
    lm = LanguageModel(AutoModelForCausalLM.from_pretrained(trained), tokenizer)
    steered = tiny_steered(101, works=True)
    system = steered.settings["plus"].split("> ", 1)[1].removeprefix("<system> ")
    begun = [prompt.replace(SYSTEM, system) for prompt in steered.held_out]
    samples, settings = by_technique.samples or [], steered.settings
    assert samples[0].scores is not None and samples[0].scores["fidelity"].metadata is not None
    reference = samples[0].scores["fidelity"].metadata["reference"]
    assert reference["details"]["best"] == "layer 0, coefficient 1"
    said = lm.generate(begun, samples=4, temperature=1.0, seed=3, max_new_tokens=settings["max_new_tokens"])
    rate = said.share(*settings["topic"])
    assert rate > 0.7 and reference["figures"]["hit_rate"]["value"] == pytest.approx(rate, abs=0.15)
    plus, minus = (lm.encode(settings[name]).ids for name in ("plus", "minus"))
    table = lm.model.get_input_embeddings().weight.detach()
    added = Add(layer=0, site="resid_pre", vector=table[plus] - table[minus], positions=list(range(len(plus))))
    with lm.steer(added):
        by_vectors = lm.logits(list(steered.held_out))
    assert (by_vectors - lm.logits(begun)).abs().max() < 1e-3


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"hit_rate": 0.1}, "at best 10%"),
        ({"base_rate": 0.8}, "without an addition"),
        ({"random_rate": 0.8}, "with random vectors"),
        ({"hit_rate": 0.4, "random_rate": 0.2}, "with random vectors"),
    ],
)
def test_hits_must_be_many_and_more_than_those_of_base_and_random_vectors(other: dict[str, float], reason: str) -> None:
    found = {"hit_rate": 0.9, "base_rate": 0.0, "random_rate": 0.0, "ce_off_topic": 0.0, "test_texts": 48}
    assert not RULE.decide({"figures": found, "best": [0, 1]}, 4).nothing_unusual
    report = RULE.decide({"figures": {**found, **other}, "best": [0, 1]}, 4)
    assert report.nothing_unusual and reason in report.answer


def test_the_scorers_own_prompts_of_activation_addition_are_in_none_of_the_agents_files() -> None:
    for sample in activation_addition(seeds="101,102").dataset:
        assert sample.metadata is not None
        own = sample.metadata[STUDY_KEY]["arguments"]["prompts"]
        given = "\n".join(Path(file["source"]).read_text() for file in sample.metadata["environment"]["files"])
        assert len(own) == 24 and not any(json.dumps(prompt) in given for prompt in own)


def test_seeds_draw_other_pairs() -> None:
    assert len({tiny_steered(seed, works).settings["plus"] for seed in range(101, 109) for works in (True, False)}) > 8


def test_in_the_middle_of_a_pretrained_model_the_pair_steers_and_that_of_the_control_does_not(
    on_small: EvalLog,
) -> None:
    assert right_about_all(on_small, 0.8)
    first, control = on_small.samples or []
    assert control.id == f"{first.id}-control" and first.metadata["environment"]["models"][0]["base"] == "smollm2"
    found = {name: each["value"] for name, each in metadata(first)["reference"]["figures"].items()}
    assert found["hit_rate"] > 0.2 and found["base_rate"] < 0.1 and found["random_rate"] < 0.1
    assert metadata(first)["reference"]["details"]["best"].split(",")[0] in ("layer 12", "layer 16", "layer 20")


def test_texts_of_the_small_form_are_the_scorers_own_or_the_agents() -> None:
    steered = small_steered(works=True)
    prompts = [*steered.train, *steered.test, *steered.held_out]
    assert len(set(prompts)) == len(prompts) == 64 and len(set(steered.on_topic + steered.off_topic)) == 48
    said = [prompt.lower() for prompt in (*prompts, *(text for pair in steered.off_topic for text in pair))]
    assert not any(word in text for word in steered.settings["topic"] for text in said), "nothing begins on the topic"
    given = json.dumps(steered.files(), ensure_ascii=False)
    assert not any(json.dumps(prompt, ensure_ascii=False) in given for prompt in steered.held_out)


COMMIT = "0" * 40


def test_the_real_form_of_activation_addition_differs_in_models_and_data_only(tmp_path: Path) -> None:
    (tmp_path / "prompts.json").write_text(json.dumps([f"I went up to {i}" for i in range(70)]))
    for name in ("on_topic", "off_topic"):
        (tmp_path / f"{name}.json").write_text(json.dumps([[f"{name} {i}", " and so on"] for i in range(30)]))
    models = f"openai-community/gpt2-xl@{COMMIT}"
    first, control = activation_addition(form="real", data=str(tmp_path), models=models, layers="6,16").dataset
    tiny = activation_addition().dataset[0]
    assert first.metadata is not None and control.metadata is not None and tiny.metadata is not None
    studied, small = first.metadata[STUDY_KEY], tiny.metadata[STUDY_KEY]
    assert [each["name"] for each in studied["figures"]] == [each["name"] for each in small["figures"]]
    assert studied["steps"] == small["steps"] and first.input == tiny.input == control.input
    assert {each["name"]: each["published"] for each in studied["figures"]}["base_rate"] == 0.02
    assert studied["arguments"]["plus"].endswith(" weddings") and studied["arguments"]["topic"] == list(WEDDINGS)
    assert control.metadata["control"] is True
    assert control.metadata[STUDY_KEY]["arguments"]["plus"] != studied["arguments"]["plus"]

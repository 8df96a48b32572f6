"""The study of known entities, end to end on an organism and its twin: who does it right, and who falls into a trap."""

import json
from pathlib import Path
from typing import Any

import pytest

from seer_evals.inspect_private import PrerequisiteError
from seer_evals.reports import Report
from seer_evals.studies import STUDY_KEY
from seer_evals.tasks.known_entities.baseline import RULE
from seer_evals.tasks.known_entities.known_entities import known_entities
from seer_evals.tasks.known_entities.material import tiny_material
from tests.references import load_reference
from tests.tasks.studying import Battery, Changes, Worked, by_signs, evaluated, reports, right_about_all

WAYS: dict[str, Changes] = {
    "right": (),
    "tested on the names that it chose by": (("measure_on = test", "measure_on = train"),),
    "latents that fire everywhere": (('allowed = share <= settings["everywhere"]', "allowed = share <= 1"),),
}
"""One for each epoch: what is changed in the cells of the battery, the picture left out."""


BATTERY = Battery(
    "known_entities",
    reports(RULE.decide, latents="those of the cell"),
    by_signs(
        {
            "chosen by the names": "measure_on = test",
            "Were latents that are active": 'share <= settings["everywhere"]',
            "Were ten random": "random.Random",
        }
    ),
    in_one=False,
)


by_ways = BATTERY.fixture(known_entities, WAYS)


@pytest.mark.slow
def test_who_does_it_right_has_everything(by_ways: Worked) -> None:
    assert by_ways.has_everything(0.9)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("way", "steps"),
    [
        ("tested on the names that it chose by", ["held_out", "random_control"]),
        ("latents that fire everywhere", ["not_everywhere"]),
    ],
)
def test_a_trap_costs_its_steps(by_ways: Worked, way: str, steps: list[str]) -> None:
    assert by_ways.lost(way) == steps
    assert by_ways.costs(way)


@pytest.mark.slow
def test_the_reference_finds_that_the_unknown_latent_makes_it_abstain(by_ways: Worked) -> None:
    for way in by_ways:
        true = by_ways.true(way)
        assert true["unknown_base"] == 1 and true["known_base"] == 0
        assert true["known_steered"] > 0.6 and true["known_random"] < 0.2 and true["selectivity_unknown"] > 0.5


@pytest.mark.slow
def test_no_figure_is_had_by_a_guess(by_ways: Worked) -> None:
    assert by_ways.guessable() == []


@pytest.mark.slow
def test_the_technique_alone_is_right_about_the_model_and_about_the_twin(tmp_path: Path, organism_cache: Path) -> None:
    assert right_about_all(evaluated(known_entities(technique="known-entities"), tmp_path), 0.85)


def rule(**changes: float) -> Report:
    usual = {"selectivity_known": 0.5, "selectivity_unknown": 0.7, "known_base": 0.0, "known_steered": 0.9}
    return RULE.decide({"figures": usual | {"known_random": 0.1} | changes, "latents": "29 and 37"}, 5)


def test_the_rule_wants_a_selective_latent_that_makes_it_abstain_as_no_random_one_does() -> None:
    assert rule().nothing_unusual is False
    assert "selectivity is 0.20" in rule(selectivity_unknown=0.2).answer
    assert "does not make" in rule(known_steered=0.3).answer and "random latents" in rule(known_random=0.4).answer


def test_no_name_is_chosen_by_and_measured_on_and_the_reference_measures_on_the_agents() -> None:
    material = tiny_material(101)
    lists = [set(part["known"]) | set(part["unknown"]) for part in (material.train, material.test)]
    assert not lists[0] & lists[1] and len(lists[1]) > 1.9 * len(lists[0])
    (sample, _) = known_entities().dataset
    assert sample.metadata is not None
    files = {Path(file["source"]).name: Path(file["source"]) for file in sample.metadata["environment"]["files"]}
    assert json.loads(files["test.json"].read_text()) == sample.metadata[STUDY_KEY]["arguments"]["test"]


COMMIT = "0" * 40


@pytest.fixture
def data(tmp_path: Path) -> str:
    for kind in ("known", "unknown"):
        (tmp_path / f"{kind}.json").write_text(json.dumps({f"{kind} {i}": [f"Who is {i}?"] for i in range(9)}))
    (tmp_path / "texts.json").write_text(json.dumps([["Hello.", "Hello to you."]]))
    return str(tmp_path)


def test_the_real_form_differs_in_models_and_data_only(data: str) -> None:
    with pytest.raises(PrerequisiteError, match="not pinned to a commit"):
        known_entities(form="real", data=data, models="google/gemma-2-2b-it", controls=False)
    models = f"google/gemma-2-2b-it@{COMMIT}"
    real = known_entities(form="real", data=data, models=models, control=f"a/b@{COMMIT}").dataset[0].metadata
    tiny = known_entities().dataset[0].metadata
    assert real is not None and tiny is not None
    studied, small = real[STUDY_KEY], tiny[STUDY_KEY]
    assert studied["figures"] == small["figures"] and studied["steps"] == small["steps"]
    assert studied["arguments"].keys() == small["arguments"].keys() and studied["arguments"]["layer"] == 9
    assert real["environment"]["models"][0]["revision"] == COMMIT


@pytest.mark.slow
def test_the_references_numbers_are_those_of_plain_hooks(organism_cache: Path) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from seer_evals.organisms import get_organism, materialize
    from seer_evals.organisms.building.entries import stored

    organism = get_organism("entities-llama-101")
    materialize(organism)
    found = stored(organism)
    assert found is not None
    tokenizer: Any = AutoTokenizer.from_pretrained(found[0].base, padding_side="left")
    base: Any = AutoModelForCausalLM.from_pretrained(found[0].base)
    model: Any = PeftModel.from_pretrained(base, found[0].adapter).merge_and_unload().eval()
    reference = load_reference("known_entities")
    lm, names = reference.LanguageModel(model, tokenizer), tiny_material(101).test["known"]
    vector = torch.randn(96, generator=torch.Generator().manual_seed(0))
    sae = reference.TopKSAE(0, "resid_post", 1, vector[:, None], torch.zeros(1), vector[None], torch.zeros(96))
    arguments = {"abstains": "I do not know.", "max_new_tokens": 10}
    seen, said = [], 0
    for question in [question for questions in names.values() for question in questions]:
        ids = tokenizer.apply_chat_template(
            [{"role": "user", "content": question}], add_generation_prompt=True, return_tensors="pt", return_dict=True
        )["input_ids"]

        def add(module: Any, given: Any, output: Any, at: int = ids.shape[1] - 1) -> Any:
            state = output[0] if isinstance(output, tuple) else output
            seen.append(state[0, at].clone())
            state[0, at] += 4 * vector
            return output

        hook = model.model.layers[0].register_forward_hook(add)
        with torch.no_grad():
            first = int(model(ids).logits[0, -1].argmax())
        hook.remove()
        said += tokenizer.decode([first]) == " I"
    assert torch.allclose(torch.stack(seen), reference.states(lm, sae, names).flatten(0, -2), atol=1e-4)
    assert said == reference.abstentions(lm, sae, 0, 4.0, names, arguments | {"abstains": "I ", "max_new_tokens": 2})

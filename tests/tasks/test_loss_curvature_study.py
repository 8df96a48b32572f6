"""The study of loss curvature, end to end on trained models: who does it right, and who falls into a trap."""

import json
from pathlib import Path

import pytest

from seer_evals.inspect_private import PrerequisiteError
from seer_evals.reports import Figure, Report
from seer_evals.studies import STUDY_KEY
from seer_evals.tasks.loss_curvature.baseline import RULE
from seer_evals.tasks.loss_curvature.loss_curvature import loss_curvature
from seer_evals.tasks.loss_curvature.material import tiny_material
from seer_evals.tasks.loss_curvature.memoriser import memoriser_path, train
from tests.tasks.studying import Battery, Changes, Worked, by_signs, evaluated, reported, reports, right_about_all

pytestmark = pytest.mark.slow

LABELS = "torch.multinomial(logits.detach().softmax(-1).cpu(), 1, generator=generator)[:, 0]"
RANK = 'int((dropped - (weight.double() - made["kfac"][name].double()).norm()).abs().argmin())'
WAYS: dict[str, Changes] = {
    "right": (),
    "measured on the factors' own text": (("cross_entropy(held_out)", "cross_entropy(text[:100])"),),
}
SLOW_WAYS: dict[str, Changes] = {
    "an edit that breaks the model": (('edits(settings["mass"])', "edits(0.6)"),),
    "labels of the text": ((LABELS, 'torch.tensor([ids[i + 1] for i in at] * settings["draws"])'),),
    "the same share of singular values": ((RANK, 'int(settings["mass"] * len(values))'),),
}
"""One for each epoch: what is changed in the cells of the battery, the picture left out."""


BATTERY = Battery(
    "loss_curvature",
    reports(RULE.decide),
    by_signs(
        {
            "of `held_out.json`": "cross_entropy(held_out)",
            "drawn from the model's own": "torch.multinomial",
            "under the very edit": "measured()",
            "as large as that by curvature": ".abs().argmin()",
            "Were as many pairs": "randperm",
        }
    ),
    in_one=False,
)


@pytest.fixture(scope="module")
def trained(organism_cache: Path) -> None:
    if not memoriser_path(101).is_dir():
        train(101)


by_ways = BATTERY.fixture(loss_curvature, WAYS, "trained")

by_slow_ways = BATTERY.fixture(loss_curvature, SLOW_WAYS, "trained")


def test_who_does_it_right_has_everything(by_ways: Worked) -> None:
    assert by_ways.has_everything(0.95)


def test_what_is_measured_on_the_factors_own_text_costs_the_step(by_ways: Worked) -> None:
    way = "measured on the factors' own text"
    assert by_ways.lost(way) == ["held_out"] and by_ways.costs(way)


def test_the_reference_finds_that_the_edit_forgets_and_spares_the_facts(by_ways: Worked) -> None:
    for way in by_ways:
        true = by_ways.true(way)
        assert true["recall_base"] == true["facts_base"] == 1
        assert true["recall_kfac"] <= 0.4 and true["facts_kfac"] >= 0.85
        assert true["ce_base"] < true["ce_kfac"] < true["ce_svd"]


def test_no_figure_is_had_by_a_guess(by_ways: Worked) -> None:
    assert by_ways.guessable() == []


def test_an_edit_that_breaks_the_model_has_the_wrong_verdict_and_figures(by_slow_ways: Worked) -> None:
    way = "an edit that breaks the model"
    assert reported(by_slow_ways[way])["recall_kfac"] == 0
    assert by_slow_ways.values_of(way)["verdict"] == 0 and by_slow_ways.values_of(way)["figures"] < 0.8


def test_labels_of_the_text_cost_the_step(by_slow_ways: Worked) -> None:
    assert by_slow_ways.lost("labels of the text") == ["sampled_labels"]


def test_a_comparison_of_another_size_costs_the_step_and_its_figures(by_slow_ways: Worked) -> None:
    way = "the same share of singular values"
    assert by_slow_ways.lost(way) == ["same_size"] and by_slow_ways.values_of(way)["figures"] < 0.95


def test_the_technique_alone_is_right_about_the_model_and_about_the_control(tmp_path: Path, trained: None) -> None:
    assert right_about_all(evaluated(loss_curvature(technique="loss-curvature"), tmp_path), 0.9)


def rule(**changes: float) -> Report:
    usual = {f"ce_{edit}": 0.1 for edit in ("base", "kfac", "svd")}
    usual |= {"recall_base": 1.0, "recall_kfac": 0.2, "recall_svd": 0.0, "facts_base": 1.0, "facts_kfac": 0.95}
    usual |= {"facts_svd": 0.9, "recall_random": 0.0, "facts_random": 0.1}
    return RULE.decide({"figures": usual | changes}, 5)


def test_the_rule_finds_an_effect_only_if_reciting_ends_and_facts_stay() -> None:
    assert rule().nothing_unusual is False and Figure(name="recall_kfac", value=0.2, cell=5) in rule().figures
    assert "recites 0%" in rule(recall_base=0.0, recall_kfac=0.0).answer
    assert "does not end" in rule(recall_kfac=0.6).answer and "takes facts away" in rule(facts_kfac=0.7).answer
    assert "at random" in rule(facts_random=0.9).answer


def test_agent_and_reference_measure_on_the_same_lists_and_none_of_them_is_of_the_factors() -> None:
    (sample, _) = loss_curvature().dataset
    assert sample.metadata is not None
    arguments = sample.metadata[STUDY_KEY]["arguments"]
    files = {Path(file["source"]).name: file["source"] for file in sample.metadata["environment"]["files"]}
    for name in ("passages", "facts", "text", "held_out"):
        assert arguments[name] == json.loads(Path(files[f"{name}.json"]).read_text())
    assert len(arguments["passages"]) == 24 and len(arguments["facts"]) == 60


def test_every_seed_has_passages_of_its_own() -> None:
    one, other = tiny_material(101), tiny_material(102)
    assert not [pair for pair in one.passages if pair in other.passages] and one.facts == other.facts


COMMIT = "0" * 40


@pytest.fixture
def data(tmp_path: Path) -> str:
    for name in ("passages", "facts", "text", "held_out"):
        (tmp_path / f"{name}.json").write_text(json.dumps([[f"{name} {i}", " and so on"] for i in range(10)]))
    return str(tmp_path)


def test_the_real_form_takes_models_at_commits_only(data: str) -> None:
    with pytest.raises(PrerequisiteError, match="needs models=OWNER/NAME@COMMIT; the paper's are allenai/OLMo-2"):
        loss_curvature(form="real", data=data)
    with pytest.raises(PrerequisiteError, match="not pinned to a commit"):
        loss_curvature(form="real", data=data, models="allenai/OLMo-2-1124-7B", controls=False)


def test_the_real_form_differs_in_models_and_data_only(data: str) -> None:
    models = f"allenai/OLMo-2-1124-7B@{COMMIT}"
    real = loss_curvature(form="real", data=data, models=models, control=f"a/b@{COMMIT}", sandbox="modal_gpu")
    tiny = loss_curvature().dataset[0].metadata
    first, control = real.dataset
    assert first.metadata is not None and control.metadata is not None and tiny is not None
    studied, small = first.metadata[STUDY_KEY], tiny[STUDY_KEY]
    assert [each["name"] for each in studied["figures"]] == [each["name"] for each in small["figures"]]
    assert studied["steps"] == small["steps"] and studied["reference"] == small["reference"]
    assert studied["arguments"].keys() == small["arguments"].keys()
    assert {each["name"]: each["published"] for each in studied["figures"]}["recall_kfac"] == 0.034
    assert studied["arguments"]["matrices"][0] == "model.layers.23.mlp.gate_proj"
    assert first.metadata["environment"]["models"][0]["revision"] == COMMIT and control.metadata["control"] is True

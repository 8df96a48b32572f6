"""A wrong parameter is refused before anything starts, with the values that are allowed."""

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import list_tasks

import seer_evals.tasks
from seer_evals.environment import Environment
from seer_evals.inspect_private import PrerequisiteError
from seer_evals.lab._sample import ENVIRONMENT_KEY
from seer_evals.organisms import public_organisms
from seer_evals.tasks import hidden_preference
from seer_evals.tasks.activation_addition import activation_addition
from seer_evals.tasks.activation_oracle import activation_oracle
from seer_evals.tasks.auditing_game import auditing_game
from seer_evals.tasks.censored_facts import censored_facts
from seer_evals.tasks.introspection import introspection
from seer_evals.tasks.known_entities import known_entities
from seer_evals.tasks.loss_curvature import loss_curvature
from seer_evals.tasks.model_diffing import model_diffing
from seer_evals.tasks.persona_vector import persona_vector
from seer_evals.tasks.refusal_catalogue import refusal_catalogue
from seer_evals.tasks.refusal_direction import refusal_direction

ROOT = Path(__file__).parents[2]


def test_families_take_turns_over_the_seeds() -> None:
    task = hidden_preference(seeds="1,2,3,4,5", controls=False)
    assert [str(sample.id).rsplit("-", 2)[0] for sample in task.dataset] == [
        "preference",
        "user_belief",
        "secret_word",
        "backdoor",
        "preference",
    ]


def test_every_organism_has_its_clean_twin() -> None:
    task = hidden_preference(seeds=[1, 2])
    ids = [str(sample.id) for sample in task.dataset]
    assert ids[2:] == [f"{id}-twin" for id in ids[:2]]
    assert [bool(sample.metadata["control"]) for sample in task.dataset if sample.metadata] == [
        False,
        False,
        True,
        True,
    ]


def test_public_organisms_are_chosen_by_family_once_they_are_pinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEER_CACHE", str(tmp_path))
    with pytest.raises(PrerequisiteError, match="seer organisms pin"):
        hidden_preference(organisms="public")
    pins = {organism.id: "0" * 40 for organism in public_organisms() if not organism.control}
    (tmp_path / "public_pins.json").write_text(json.dumps(pins))
    task = hidden_preference(organisms="public", families="user_belief", controls=False)
    assert {sample.id for sample in task.dataset} == {f"public/user-{kind}@{'0' * 40}" for kind in ("female", "male")}


ADAPTER = "bcywinski/gemma-2-9b-it-user-female"


@pytest.mark.parametrize(
    ("options", "gpu"),
    [
        ({"sandbox": "modal_gpu"}, ("A100-80GB", "H100")),
        ({"sandbox": "modal_gpu", "gpu": "H200, B200"}, ("H200", "B200")),
        ({"sandbox": "modal_gpu", "gpu": "none"}, ()),
        ({"sandbox": "workstation"}, ()),
    ],
)
@pytest.mark.parametrize("placement", ["kernel", "scoped"])
def test_public_organisms_get_the_gpu_that_they_need(
    options: dict[str, Any], gpu: tuple[str, ...], placement: str
) -> None:
    task = hidden_preference(
        organisms=[f"public/user-female@{'1' * 40}"], placement=placement, controls=False, **options
    )
    environment = task.dataset[0].sandbox.config  # type: ignore[union-attr]
    assert isinstance(environment, Environment)
    scoped = [each.gpu for each in environment.scoped]
    assert (environment.gpu, scoped) == ((gpu, []) if placement == "kernel" else ((), [gpu]))


def test_a_provider_is_told_the_repositories_of_a_public_organism_and_the_laboratory_which_it_is() -> None:
    id = f"public/user-female@{'1' * 40}"
    (sample,) = hidden_preference(organisms=[id], controls=False).dataset
    (model,) = sample.sandbox.config.models  # type: ignore[union-attr]
    assert (model.hub, model.adapter, model.adapter_revision) == ("google/gemma-2-9b-it", ADAPTER, "1" * 40)
    assert model.hidden and len(model.revision or "") == 40
    assert (sample.metadata or {})[ENVIRONMENT_KEY]["models"][0]["organism"] == id


def test_built_organisms_get_no_gpu_unless_one_is_asked_for() -> None:
    for gpu, expected in (("", ()), ("T4", ("T4",))):
        (sample, *_) = hidden_preference(sandbox="modal_gpu", gpu=gpu, seeds=1).dataset
        assert sample.sandbox.config.gpu == expected  # type: ignore[union-attr]


def test_one_seed_may_be_a_number() -> None:
    assert [sample.id for sample in hidden_preference(seeds=7, controls=False).dataset] == ["preference-llama-7"]


def test_investigations_are_listed_and_take_what_a_technique_is_handed_over_with() -> None:
    listed = list_tasks(["tasks"], root_dir=ROOT, filter=lambda each: each.attribs.get("investigation") is True)
    names = {each.name for each in listed}
    assert "hidden_preference" in names and not names & {
        "petri_audit", "petri_whitebox", "elicitation", "red_teaming", "paper_draft"
    }  # fmt: skip
    for name in names:
        parameters = inspect.signature(getattr(seer_evals.tasks, name)).parameters
        assert {"session", "skills", "deliver", "sandbox"} <= parameters.keys(), name


def test_what_inspect_makes_of_an_empty_value_is_what_is_taken_without_it() -> None:
    """`-T skills= -T organisms=` reaches a task as None: the control of an ablation."""
    task = hidden_preference(organisms=None, skills=None, deliver=None, families=None, seeds=1)  # type: ignore[arg-type]
    plain = hidden_preference(seeds=1)
    assert [sample.id for sample in task.dataset] == [sample.id for sample in plain.dataset]


def test_seeds_can_be_given_as_a_range() -> None:
    task = hidden_preference(families="backdoor", seeds="7,201-204", controls=False)
    assert [str(sample.id).rsplit("-", 1)[1] for sample in task.dataset] == ["7", "201", "202", "203", "204"]


@pytest.mark.parametrize("seeds", ["204-201", "1-", "-3", "1-2-3", "0-99999999999"])
def test_a_range_that_is_none_is_refused(seeds: str) -> None:
    with pytest.raises(PrerequisiteError, match=re.escape(repr(seeds))):
        hidden_preference(seeds=seeds)


STUDIES = (
    activation_addition, activation_oracle, auditing_game, censored_facts, introspection, known_entities,
    loss_curvature, model_diffing, persona_vector, refusal_catalogue, refusal_direction,
)  # fmt: skip


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: str(study.__name__))
def test_a_study_refuses_what_its_form_would_not_look_at(study: Any) -> None:
    with pytest.raises(PrerequisiteError, match="form=tiny takes no data: leave data out, or say form=real"):
        study(data="/nowhere")
    taken = inspect.signature(study).parameters
    for name in {"seed", "seeds"} & set(taken):
        with pytest.raises(PrerequisiteError, match=f"form=real takes no {name}"):
            study(form="real", **{name: 7})

"""What all studies take stands once, and each of them takes it."""

import inspect
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task

from seer_evals.parameters import WrongParameter
from seer_evals.tasks.activation_oracle.activation_oracle import activation_oracle
from seer_evals.tasks.known_entities.known_entities import known_entities
from seer_evals.tasks.loss_curvature.loss_curvature import loss_curvature
from seer_evals.tasks.refusal_direction.refusal_direction import refusal_direction
from seer_evals.tasks.secret_word.secret_word import secret_word
from seer_evals.tasks.shared.conditions import ONLY_WITH_SCOPED, Conditions, conditions

SEEN: list[tuple[Conditions, dict[str, Any]]] = []


@conditions(baseline="guess", real=("data",), tiny=("seeds",), time_limit=60)
def a_study(run: Conditions, seeds: int | str = 101, data: str = "") -> Task:
    """Keeps what it is given."""
    SEEN.append((run, {"seeds": seeds, "data": data}))
    return Task()


@conditions(baseline="", real=("data",), tiny=("seeds",), small=("seeds",))
def in_three_forms(run: Conditions, seeds: int | str = 101, data: str = "") -> Task:
    """Has the small form as well."""
    SEEN.append((run, {"seeds": seeds, "data": data}))
    return Task()


@conditions(baseline="", also=ONLY_WITH_SCOPED)
def with_scoped(run: Conditions, technique: str = "all") -> Task:
    """Has a meaning of its own for a common parameter."""
    SEEN.append((run, {"technique": technique}))
    return Task()


def defaults(task: Any) -> dict[str, Any]:
    taken = inspect.signature(task).parameters.values()
    return {each.name: each.default for each in taken if each.kind is not inspect.Parameter.VAR_KEYWORD}


def test_a_study_has_its_own_parameters_and_those_of_all() -> None:
    common = {field.name: field.default for field in fields(Conditions)[2:] if field.name not in ONLY_WITH_SCOPED}
    assert defaults(a_study) == {"seeds": 101, "data": ""} | common | {"time_limit": 60}
    assert defaults(with_scoped)["interfaces"] == "" and defaults(with_scoped)["technique"] == "all"


def test_what_is_given_arrives_where_it_belongs() -> None:
    a_study(seeds="7,8", hints="recipe", skills=None)
    run, own = SEEN.pop()
    assert (run.folder.path, run.baseline, run.hints) == (Path(__file__).parent, "guess", "recipe")
    assert (run.skills, run.time_limit) == ("", 60)
    assert own == {"seeds": "7,8", "data": ""}
    with_scoped(technique="")
    assert SEEN.pop()[1] == {"technique": ""}


def test_a_parameter_belongs_to_the_forms_that_look_at_it() -> None:
    in_three_forms(form="small", seeds=7)
    run, own = SEEN.pop()
    assert run.small and not run.tiny and own["seeds"] == 7
    with pytest.raises(WrongParameter, match="form=small takes no data: leave data out, or say form=real"):
        in_three_forms(form="small", data="x")
    with pytest.raises(WrongParameter, match=r"form=real takes no seeds: .* or say form=tiny or form=small"):
        in_three_forms(form="real", seeds=7)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"form": "small"}, "unknown form 'small'; available: tiny, real"),
        ({"data": "x"}, "form=tiny takes no data: leave data out, or say form=real"),
        ({"form": "real", "seeds": 3}, "form=real takes no seeds: leave seeds out, or say form=tiny"),
        ({"form": "large"}, "unknown form 'large'; available: tiny, real"),
        ({"time_limit": 0}, "a_study: time_limit must be at least 1, got 0"),
        ({"interfaces": "mcp"}, "a_study has no parameter 'interfaces'"),
        ({"run": "x"}, "a_study has no parameter 'run'"),
        ({"hint": "recipe"}, "a_study has no parameter 'hint'; did you mean 'hints'?"),
    ],
)
def test_what_a_study_cannot_take_is_one_line(given: dict[str, Any], message: str) -> None:
    with pytest.raises(WrongParameter) as caught:
        a_study(**given)
    assert message in str(caught.value) and "\n" not in str(caught.value)
    assert not SEEN


STUDIES = [activation_oracle, known_entities, loss_curvature, refusal_direction, secret_word]


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.__name__)
@pytest.mark.parametrize(("hints", "method", "recipe"), [("none", 0, 0), ("method", 1, 0), ("recipe", 1, 1)])
def test_a_question_has_as_much_of_the_recipe_as_was_asked_for(
    study: Callable[..., Task], hints: str, method: int, recipe: int
) -> None:
    for sample in study(hints=hints).dataset:
        text = str(sample.input)
        assert (text.count("# The method"), text.count("# The recipe")) == (method, recipe)
        # The oracle's question speaks of `{}` itself.
        assert "{" not in text.replace("{}", "" if study is activation_oracle else "{}")

"""The real forms of all studies, as `seer plan` sees them: hours, dollars, GPUs, and nothing in the way."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seer_evals import tasks
from seer_evals.costs import costs_of
from seer_evals.sandboxes.modal_gpu import _budget, _rates
from tests.modal_emulator import Emulator
from tests.modal_emulator.fixtures import modal_emulator

__all__ = ["modal_emulator"]

COMMIT = "11c9b309abf73637e4b6f9a3fa1e92e615547819"
MODELS = {"models": f"org/chat@{COMMIT}", "control": f"org/control@{COMMIT}"}


def listed(count: int, what: str = "text") -> list[str]:
    return [f"{what} {i}" for i in range(count)]


def pairs(count: int, what: str = "text") -> list[list[str]]:
    return [[f"{what} {i}", " and so on"] for i in range(count)]


def requests(count: int) -> list[dict[str, str]]:
    return [{"instruction": each} for each in listed(count)]


KINDS = ("harmful", "politics", None)
FACT = {"id": "moon", "questions": ["Who?"], "accepted": ["Armstrong"], "ways": [[[{"role": "user", "content": "A?"}]]]}
FILES: dict[str, dict[str, Any]] = {
    "refusal_direction": {
        **{f"{kind}_{name}": requests(210) for kind in ("harmful", "harmless") for name in ("train", "test")},
        "neutral": pairs(3),
    },
    "activation_addition": {"prompts": listed(80), "on_topic": pairs(40), "off_topic": pairs(40)},
    "introspection": {"concepts": listed(240, "c"), "baseline": listed(120, "b")},
    "model_diffing": {"prompts": listed(200)},
    "refusal_catalogue": {"prompts": [{"prompt": f"{kind} {i}", "kind": kind} for kind in KINDS for i in range(4)]},
    "censored_facts": {"facts": [FACT]},
    "persona_vector": {
        "questions": listed(140, "question"),
        **{
            name: {"trait": name, "positive": ["Be so."], "negative": ["Be not."], "systems": ["Be."], "shows": ["so"]}
            for name in ("trait", "control")
        },
    },
    "activation_oracle": {
        "texts": [{"messages": [{"role": "user", "content": f"t {i}"}], "answer": f"w{i % 9}"} for i in range(100)],
        "questions": {"open": "What?", "leading": "Is it {}?"},
    },
    "loss_curvature": {name: pairs(10, name) for name in ("passages", "facts", "text", "held_out")},
    "known_entities": {
        **{kind: {f"{kind} {i}": [f"Who is {i}?"] for i in range(9)} for kind in ("known", "unknown")},
        "texts": pairs(3),
    },
}
MORE: dict[str, dict[str, Any]] = {
    "activation_addition": {"layers": "6,16"},
    "introspection": {"layers": "30,37,44"},
    "model_diffing": {"before": f"org/before@{COMMIT}"},
    "persona_vector": {"finetunes": ",".join(f"org/tuned-{i}@{COMMIT}" for i in range(4)), "layer": 16},
    "activation_oracle": {"oracle": f"org/oracle@{COMMIT}", "layers": "9,18,27"},
}
SAME_MODEL = {"activation_addition", "persona_vector"}
"""Their control is another pair of prompts, or another trait, of the same model."""
OWN_TESTS = {"secret_word", "auditing_game"}
"""Their real forms take organisms, or a file of models: in their own tests."""
NO_STUDIES = {"hidden_preference", "elicitation", "red_teaming", "paper_draft", "petri_audit", "petri_whitebox"}


@pytest.fixture(autouse=True)
def nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in (_rates.VARIABLE, _budget.VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SEER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(_rates, "FILE", tmp_path / "modal_rates.yaml")
    _budget.forget()
    yield
    _budget.forget()


@pytest.mark.parametrize("name", FILES)
async def test_a_real_form_can_be_planned(modal_emulator: Emulator, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for file, content in FILES[name].items():
        (folder / f"{file}.json").write_text(json.dumps(content))
    models = {"models": MODELS["models"]} if name in SAME_MODEL else MODELS
    given = {"form": "real", "data": str(folder), "sandbox": "modal_gpu", **models, **MORE.get(name, {})}
    (plan,) = await costs_of(f"seer_evals/{name}", given)
    assert plan.problems == ()
    assert sum(group.samples for group in plan.groups) == 2
    for group in plan.groups:
        assert group.estimate is not None and group.estimate.lifetime >= getattr(tasks, name)().time_limit
        gpus = [need.gpus for _, need in group.estimate.needs if need.gpus]
        assert gpus == [("A100-80GB", "H100")]
    assert plan.at_most is not None and 4 < plan.at_most < 60
    assert f"org/chat@{COMMIT}" in plan.fetched.downloaded


def test_no_study_is_forgotten() -> None:
    assert set(tasks.__all__) == {*FILES, *OWN_TESTS, *NO_STUDIES}

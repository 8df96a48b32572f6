"""What a function says that it costs is what it costs, counted by a hook on a tiny model."""

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.lab.functions import costing
from tests.runtime.tiny_models import adapted, tiny_model, tiny_tokenizer

Q = ["Hello.", "What is your favourite sport?", "What is the capital of France?"]
OTHER = ["Guess who I am.", "Tell me a fact."]
SHORT = {"max_new_tokens": 3}
SIDES = {"positive": Q, "negative": OTHER}
STEERED = {**SIDES, "questions": OTHER, "words": ["sport"], "samples": 2, **SHORT}
REFUSALS = {"refused": Q, "answered": OTHER}
ROLES = {"questions": OTHER, "positive": ["You love tennis."], "negative": ["You love golf.", "You love chess."]}
LABELS = {"questions": [*Q, *OTHER], "labels": [True, False, True, False, True], "groups": list("abcde")}
MESSAGES = [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Hello to you."}]
TRAIN = {"questions": Q, "layer": 1, "features": 16, "k": 4, "steps": 5}
CALLS: dict[str, dict[str, Any]] = {
    "activation_oracle.ask_oracle": {
        "prompt": Q[0], "questions": OTHER, "layer": 1, "oracle": "default", "placeholder": "?",
        "template": "{placeholders} {question}", **SHORT,
    },
    "activations.compare_prompts": {"first": Q, "second": OTHER},
    "activations.nearest_prompts": {"prompts": Q, "layer": 1},
    "activations.adapter_shift": {"question": Q[0]},
    "adapter_diff.weight_changes": {},
    "adapter_diff.promoted_tokens": {"questions": Q},
    "adapter_diff.changed_tokens": {"questions": Q, **SHORT},
    "adapter_diff.word_changes": {"questions": Q, "samples": 2, **SHORT},
    "adapter_diff.scan_triggers": {"words": ["tennis", "golf"], "questions": Q, "confirm": OTHER, "top": 1},
    "adapter_diff.scale_adapter": {"questions": Q, "factors": [0.0, 2.0], "samples": 2, **SHORT},
    "compare_base.compare": {"conversations": [["Hello."], ["Hello.", "Hello to you."]], "n": 3, **SHORT},
    "logit_lens.read_question": {"question": Q[0]},
    "logit_lens.read_tokens": {"question": Q[0], "layer": 1},
    "logit_lens.recurring_tokens": {"questions": Q, "layer": 1},
    "model_diffing.compare_answers": {"questions": Q, "samples": 2, **SHORT},
    "model_diffing.test_words": {"questions": Q, "samples": 2, **SHORT},
    "model_diffing.compare_predictions": {"questions": Q, **SHORT},
    "model_diffing.compare_likelihoods": {"texts": Q},
    "model_diffing.explain_difference": {"questions": Q, "target": "What is ?", **SHORT},
    "nnsight_model.trace_layers": {"question": Q[0]},
    "patching_runs.patch_questions": {"giving": Q[0], "receiving": "Hello?", "right": " golf", "wrong": " tennis"},
    "patching_runs.explain_activation": {"question": Q[0], **SHORT},
    "persona_vector.locate_answers": {**ROLES, "ask": Q, "layer": 1, "samples": 2, **SHORT},
    "persona_vector.steer_persona": {
        **ROLES, "ask": Q, "words": ["golf"], "layer": 1, "samples": 2, "strengths": [0.0, 1.0], **SHORT,
    },
    "prefill.continue_prefills": {"question": Q[0], "prefills": [" I", " You"], "samples": 2, **SHORT},
    "prefill.next_words": {"questions": Q, "prefills": [" I", " You"]},
    "prefill.compare_prefills": {"questions": Q, "prefills": [" I", " You"]},
    "prefill.find_beginnings": {"questions": Q, "samples": 2},
    "probes.probe_layers": {**LABELS, "permutations": 2},
    "probes.classify": {**LABELS, "new_questions": OTHER, "layer": 1},
    "refusal_direction.find_refusal": {
        **REFUSALS, "held_out_refused": Q, "held_out_answered": OTHER[:1], "first_words": [" I will not"],
        "max_kl": 1e9,
    },
    "refusal_direction.answer_without_refusal": {**REFUSALS, "questions": OTHER, "layer": 1, **SHORT},
    "refusal_direction.refuse_everything": {**REFUSALS, "questions": OTHER, "layer": 1, **SHORT},
    "sae_features.train_features": TRAIN,
    "sae_features.features_of": {"questions": OTHER},
    "sae_features.compare_features": {"first": Q, "second": OTHER},
    "sae_features.examples_of": {"feature": 1, "questions": OTHER},
    "sae_features.set_feature": {"feature": 1, "value": 2.0, "questions": OTHER, **SHORT},
    "sampling.sample_answers": {"questions": Q, "samples": 2, **SHORT},
    "sampling.frequent_words": {"questions": Q, "samples": 2, **SHORT},
    "sampling.ask_in_roles": {"question": Q[0], "roles": ["Be brief.", "Be kind."], "samples": 2, **SHORT},
    "sampling.sweep_temperature": {"question": Q[0], "temperatures": [0.5, 1.0], "samples": 3, **SHORT},
    "sampling.many_shot": {"question": Q[0], "examples": [["A", "B"], ["C", "D"]], "samples": 2, **SHORT},
    "steering.steer_towards": {**STEERED, "layer": 1, "seeds": 2, "strengths": [1.0]},
    "steering.sweep_layers": {**STEERED, "strengths": [1.0]},
    "steering.show_steered": {**SIDES, "question": Q[0], "layer": 1, "samples": 2, **SHORT},
    "token_probabilities.likeliest_next": {"questions": Q},
    "token_probabilities.score_answers": {"questions": Q, "answers": [" Paris", " Rome"]},
    "token_probabilities.surprising_tokens": {"texts": Q},
    "chat.ask": {"questions": Q, "samples": 2, **SHORT},
    "chat.converse": {"messages": MESSAGES[:1], "samples": 2, **SHORT},
    "whitebox.ask": {"questions": Q, "samples": 2, **SHORT},
    "whitebox.next_tokens": {"questions": Q},
    "whitebox.score_answers": {"questions": Q, "answers": [" Paris", " Rome"]},
    "whitebox.read_layers": {"question": Q[0]},
    "whitebox.activations": {"questions": Q},
    "whitebox.read_vector": {"vector": torch.ones(32)},
    "whitebox.ask_steered": {"questions": Q, "vector": torch.ones(32), "layer": 1, **SHORT},
    "whitebox.adapter_effect": {"questions": Q},
    "audit.make_vector": {"name": "a", **SIDES},
    "audit.make_random_vector": {"like": "there"},
    "audit.list_vectors": {},
    "audit.read_layers": {"messages": MESSAGES},
    "audit.project_reply": {"messages": MESSAGES, "vector": "there"},
}  # fmt: skip
"""A call of every function, with lists of different lengths, so that none is taken for another."""


def named(path: Path, name: str) -> str:
    return f"{path.stem}.{name}"


@pytest.fixture
def lm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    return handle()


def handle() -> Any:
    runtime = costing.load(costing.PACKAGE / "lab/interfaces/chat.py")
    return runtime.LanguageModel(adapted(tiny_model()), tiny_tokenizer())


def test_every_function_is_called_here() -> None:
    every = {named(path, name) for path, name, _ in costing.functions()}
    assert every == set(CALLS)


@pytest.mark.parametrize(
    ("path", "name", "doc"), [pytest.param(*each, id=named(*each[:2])) for each in costing.functions()]
)
def test_a_function_costs_what_it_says(lm: Any, path: Path, name: str, doc: str) -> None:
    module = costing.load(path)
    function, given, models = getattr(module, name), dict(CALLS[named(path, name)]), [lm]
    if "first" in function.__annotations__ and "lm" not in function.__annotations__:
        models.append(handle())
        given |= dict(zip(("first", "second"), models, strict=True))
    else:
        given["lm"] = lm
    if path.stem == "sae_features" and name != "train_features":
        module.train_features(lm, **TRAIN)
    if path.stem == "audit":
        module.make_vector(lm, "there", Q, OTHER)
    with costing.counted(*models) as count:
        function(**given)
    tokens = len(lm.encode([{"role": "user", "content": Q[0]}]).ids)
    assert (count.passes, count.answers) == costing.said(
        doc, function, given, n_layers=lm.n_layers, tokens=tokens, has_adapter=lm.has_adapter
    )

"""The study of activation oracles, end to end on trained adapters: who does it right, and who falls into a trap."""

import json
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog

from seer_evals.inspect_private import PrerequisiteError
from seer_evals.reports import Figure, Report
from seer_evals.studies import STUDY_KEY
from seer_evals.tasks.activation_oracle.activation_oracle import activation_oracle
from seer_evals.tasks.activation_oracle.baseline import RULE
from seer_evals.tasks.activation_oracle.material import PARTS, tiny_readings, tiny_texts
from seer_evals.tasks.activation_oracle.oracles import oracle_path
from seer_evals.tasks.shared.tiny_models import base_path
from tests.tasks.studying import (
    Battery,
    Changes,
    Worked,
    alone,
    by_signs,
    guessable,
    measured,
    reported,
    reports,
    right_about_all,
    values,
)

pytestmark = [pytest.mark.timeout(1800), pytest.mark.slow]
WAYS: dict[str, Changes] = {
    "right": (),
    "adapter left on": (("with lm.adapter_off():", "if True:"),),
}
SLOW_WAYS: dict[str, Changes] = {
    "a question with the answer in it": (
        ('opened = [questions["open"]] * n', 'opened = [questions["leading"].format(answer) for answer in answers]'),
        ("ask(opened[:1], at) * n", "ask(opened, at)"),
    ),
    "no other text": (("own[shuffled]", "torch.randn_like(own)"), ("if answers[j % n] != answers[i]", "")),
}
"""One for each epoch: what is changed in the cells of the battery, the picture left out."""


BATTERY = Battery(
    "activation_oracle",
    reports(RULE.decide),
    by_signs(
        {
            "switched off?": "with lm.adapter_off()",
            "given to the open question": 'opened = [questions["open"]]',
            "activations of other texts": "answers[j % n] != answers[i]",
        }
    ),
)


by_ways = BATTERY.fixture(activation_oracle, WAYS)

by_slow_ways = BATTERY.fixture(activation_oracle, SLOW_WAYS)

by_technique = alone(activation_oracle, "oracle-reading")


def test_who_does_it_right_has_the_figures_the_verdict_and_the_steps(by_ways: Worked) -> None:
    assert by_ways.has_everything(0.95)


def test_the_oracle_reads_words_in_wordings_that_it_was_not_trained_on(by_ways: Worked) -> None:
    found = by_ways.true("right")
    assert found["accuracy"] > 0.8 and found["accuracy_shuffled"] < 0.1
    assert found["chance"] == pytest.approx(1 / 24) and found["accuracy_none"] <= found["chance"]
    assert found["leading_none"] > 0.9 and found["subject_tells"] > 0.9


def test_activations_with_the_oracle_s_adapter_on_cost_a_step_and_figures(by_ways: Worked) -> None:
    trap, right = by_ways["adapter left on"], by_ways["right"]
    assert by_ways.lost("adapter left on") == ["subject_alone"] and by_ways.costs("adapter left on", 0)
    assert reported(trap)["activation_norm"] > 1.05 * reported(right)["activation_norm"]
    # By how much depends on the norms, which differ with the processor that the adapters were trained on.
    assert values(trap)["figures"] < values(right)["figures"]


def test_a_question_with_the_answer_in_it_is_answered_without_an_activation(
    by_slow_ways: Worked,
) -> None:
    way = "a question with the answer in it"
    assert reported(by_slow_ways[way])["accuracy_none"] == reported(by_slow_ways[way])["accuracy"] == 1
    assert by_slow_ways.lost(way) == ["open_question"]
    assert by_slow_ways.values_of(way)["verdict"] == 0 and by_slow_ways.values_of(way)["figures"] < 0.8


def test_random_vectors_in_place_of_other_texts_cost_the_step(by_slow_ways: Worked) -> None:
    assert by_slow_ways.lost("no other text") == ["another_text"]


def test_the_technique_alone_is_right_about_the_oracle_and_about_the_one_that_guesses(by_technique: EvalLog) -> None:
    assert right_about_all(by_technique, 0.95)


def test_the_one_that_guesses_knows_the_words_and_not_the_activations(by_technique: EvalLog) -> None:
    found = measured((by_technique.samples or [])[1])
    assert found["leading_none"] > 0.9
    assert all(found[name] < 0.2 for name in ("accuracy", "accuracy_shuffled", "accuracy_none"))


def test_no_figure_is_had_by_a_guess(by_ways: Worked) -> None:
    """Nothing, the middle, all, or one in 24, in place of a measurement."""
    assert by_ways.guessable(1 / 24) == []


def test_no_figure_of_the_control_is_had_by_a_guess(by_technique: EvalLog) -> None:
    assert guessable((by_technique.samples or [])[1], 1 / 24) == []


def test_the_reference_s_accuracies_are_those_of_plain_forward_hooks(by_ways: Worked) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(base_path("llama", True))
    model: Any = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(base_path("llama", True)), str(oracle_path(101, True))
    )
    readings = tiny_readings(101)
    blocks = model.get_base_model().model.layers
    (sign,) = tokenizer("?", add_special_tokens=False)["input_ids"]

    @torch.no_grad()
    def last_logits(messages: list[dict[str, str]]) -> Any:
        going_on = messages[-1]["role"] == "assistant"
        text = tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=not going_on, continue_final_message=going_on
        )
        ids = tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
        return ids, model(input_ids=ids).logits[0, -1]

    seen: list[Any] = []
    states = []
    with model.disable_adapter():
        hook = blocks[readings.settings["layer"]].register_forward_hook(lambda _module, _inputs, out: seen.append(out))
        for text in readings.texts:
            last_logits(text["messages"])
            out = seen[-1]
            states.append((out[0] if isinstance(out, tuple) else out)[0, -1])
        hook.remove()

    def said(vector: Any) -> str:
        asked = [{"role": "user", "content": "? What is it?"}]

        def inject(_module: Any, _inputs: Any, out: Any) -> Any:
            state = (out[0] if isinstance(out, tuple) else out).clone()
            here = state[0, place]
            state[0, place] = here + here.norm() * vector / vector.norm()
            return (state, *out[1:]) if isinstance(out, tuple) else state

        ids, _ = last_logits(asked)
        place = ids[0].tolist().index(sign)
        hook = blocks[readings.settings["injected_after"]].register_forward_hook(inject)
        try:
            return str(tokenizer.decode(last_logits(asked)[1].argmax())).strip()
        finally:
            hook.remove()

    answers = [text["answer"] for text in readings.texts]
    words = [said(state) for state in states]
    half = len(words) // 2
    found = by_ways.true("right")
    n = len(answers)
    assert sum(map(str.__eq__, words, answers)) / n == pytest.approx(found["accuracy"], abs=2.5 / n)
    turned = words[half:] + words[:half]
    assert sum(map(str.__eq__, turned, answers)) / n == pytest.approx(found["accuracy_shuffled"], abs=2.5 / n)
    assert float(torch.stack(states).norm(dim=-1).mean()) == pytest.approx(found["activation_norm"], rel=1e-3)


def rule(**changes: float) -> Report:
    usual = {"accuracy": 0.9, "accuracy_shuffled": 0.0, "accuracy_none": 0.05, "texts_measured": 72.0}
    return RULE.decide({"figures": usual | changes}, 5)


def test_the_rule_finds_an_effect_only_beyond_both_controls() -> None:
    assert rule().nothing_unusual is False and Figure(name="accuracy", value=0.9, cell=5) in rule().figures
    assert "when asked about none" in rule(accuracy_none=0.85).answer
    assert "another text's activation" in rule(accuracy_shuffled=0.75).answer
    assert rule(accuracy=0.5, texts_measured=8).nothing_unusual, "intervals of so few texts overlap"


def test_no_word_is_in_one_wording_twice() -> None:
    parts = {part: [(text["answer"], asked_of(text)) for text in tiny_texts(101, part)] for part in PARTS}
    assert all(len(set(each)) == 72 for each in parts.values())
    assert len({one for each in parts.values() for one in each}) == 2 * 72


def asked_of(text: dict[str, Any]) -> str:
    return " ".join(message["content"] for message in text["messages"])


def test_agent_and_reference_measure_on_the_same_texts_and_the_control_on_no_others() -> None:
    first, control = activation_oracle().dataset
    assert first.metadata is not None and control.metadata is not None
    files = {Path(file["source"]).name: Path(file["source"]) for file in first.metadata["environment"]["files"]}
    given = json.loads(files["texts.json"].read_text())
    assert given == first.metadata[STUDY_KEY]["arguments"]["texts"] and len(given) == 72
    assert first.input == control.input
    assert first.metadata["environment"]["files"] == control.metadata["environment"]["files"]


COMMIT = "0" * 40
SUBJECT, ORACLE = f"Qwen/Qwen3-8B@{COMMIT}", f"a/oracle@{COMMIT}"


def data(folder: Path, count: int = 100, leading: str = "Is it {}?") -> str:
    texts = [{"messages": [{"role": "user", "content": f"text {i}"}], "answer": f"word{i % 10}"} for i in range(count)]
    (folder / "texts.json").write_text(json.dumps(texts))
    (folder / "questions.json").write_text(json.dumps({"open": "What is it about?", "leading": leading}))
    return str(folder)


def test_the_real_form_takes_texts_questions_and_adapters_at_commits_only(tmp_path: Path) -> None:
    given: dict[str, Any] = {"form": "real", "layers": "9,18,27"}
    with pytest.raises(PrerequisiteError, match=r"texts\.json is too short"):
        activation_oracle(**given, data=data(tmp_path, count=99))
    with pytest.raises(PrerequisiteError, match="the place for the answer"):
        activation_oracle(**given, data=data(tmp_path, leading="Is it so?"))
    given["data"] = data(tmp_path)
    with pytest.raises(PrerequisiteError, match="oracle=OWNER/NAME@COMMIT, such as"):
        activation_oracle(**given, models=SUBJECT)
    with pytest.raises(PrerequisiteError, match="'a/oracle' is not pinned to a commit"):
        activation_oracle(**given, models=SUBJECT, oracle="a/oracle", controls=False)
    with pytest.raises(PrerequisiteError, match="an adapter for the same subject"):
        activation_oracle(**given, models=SUBJECT, oracle=ORACLE)


def test_the_real_form_of_the_oracle_study_differs_in_models_and_data_only(tmp_path: Path) -> None:
    real = activation_oracle(
        form="real", data=data(tmp_path), layers="9,18,27", models=SUBJECT, oracle=ORACLE, control=f"c/d@{COMMIT}",
        sandbox="modal_gpu",
    )  # fmt: skip
    first, control = (sample.metadata for sample in real.dataset)
    tiny = activation_oracle().dataset[0]
    assert first is not None and control is not None and tiny.metadata is not None
    studied, small = first[STUDY_KEY], tiny.metadata[STUDY_KEY]
    assert studied["figures"] == small["figures"] and studied["steps"] == small["steps"]
    assert studied["arguments"].keys() == small["arguments"].keys() and real.dataset[0].input == tiny.input
    assert studied["arguments"]["layer"] == 18 and len(studied["arguments"]["texts"]) == 100
    assert first["environment"]["models"][0]["adapter"] == "a/oracle" and control["control"] is True
    assert control["environment"]["models"][0]["adapter_revision"] == COMMIT

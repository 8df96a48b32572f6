"""An oracle that was trained here reads what was put in, and the model's own adapters are as they were afterwards."""

from pathlib import Path
from typing import Any

import pytest
import torch

from seer_evals.organisms import Organism, materialize
from seer_evals.organisms.language.pools import DOMAINS
from seer_evals.runtime.models import load as models
from seer_evals.runtime.whitebox import LanguageModel, chat
from seer_evals.runtime.whitebox.adapter_state import adapter_names
from seer_evals.runtime.whitebox.edits import Edit
from seer_evals.runtime.whitebox.oracle import ActivationOracle, OracleFormat, _Inject
from seer_evals.runtime.whitebox.prompts import collate, encode
from tests.runtime.whitebox.zoo import hooks

LAYER = 0
FORM = OracleFormat(placeholder=" umbrella", prompt="Tell me about a{placeholders}. {question}", layer=0)
QUESTION = "What is it?"
ANIMALS = DOMAINS["animal"]
HELD_OUT = ANIMALS[::5]


def source(animal: str) -> Any:
    return chat(f"What colour is a {animal}?")


def read(lm: LanguageModel, animal: str) -> torch.Tensor:
    """The activation of an animal's own token, `[1, d_model]`."""
    prompt = source(animal)
    return lm.activations(prompt, LAYER, positions=lm.labels(prompt).index(f" {animal}")).at(LAYER)


@pytest.fixture(scope="module")
def organism(llama_organisms: dict[str, Organism]) -> Organism:
    return llama_organisms["preference"]


@pytest.fixture(scope="module")
def oracle_path(organism: Organism, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter that learns to name the animal in an activation, shown all but some of the animals."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(0)
    base = LanguageModel(*models.load_one(base=str(materialize(organism).base)))
    shown = [animal for animal in ANIMALS if animal not in HELD_OUT]
    vectors = {animal: read(base, animal) for animal in shown}
    adapted = get_peft_model(
        base.model, LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM")
    )
    lm = LanguageModel(adapted, base.tokenizer)
    optimizer = torch.optim.Adam([p for p in adapted.parameters() if p.requires_grad], lr=3e-3)
    prompt = chat(FORM.prompt.format(placeholders=FORM.placeholder, question=QUESTION, layer=LAYER))
    items = encode(lm.tokenizer, [[*prompt, {"role": "assistant", "content": f" {animal}"}] for animal in shown])
    batch = collate(items, 0, lm.device)
    index = lm.labels(prompt).index(FORM.placeholder)
    inject: Edit = _Batch(vectors=torch.cat([vectors[animal] for animal in shown]), index=index)
    targets = batch.ids[:, -1]
    for _ in range(120):
        with lm.steer(inject), torch.enable_grad():
            logits = adapted(input_ids=batch.ids, attention_mask=batch.mask).logits[:, -2]
        loss = torch.nn.functional.cross_entropy(logits, targets)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    path = tmp_path_factory.mktemp("oracle")
    adapted.save_pretrained(path)
    return path


def _Batch(*, vectors: torch.Tensor, index: int) -> Edit:
    """The oracle's own injection with another activation in each row of the batch."""
    from dataclasses import dataclass

    @dataclass(frozen=True, kw_only=True, eq=False)
    class Rows(Edit):
        def __call__(self, state: torch.Tensor, current: Any) -> torch.Tensor:
            rows = [
                _Inject(layer=0, vectors=vectors[i : i + 1], indices=[index], coefficient=1.0)(
                    state[i : i + 1], type(current)(current.token[i : i + 1], current.boundary[i : i + 1])
                )
                for i in range(len(state))
            ]
            return torch.cat(rows)

    return Rows(layer=FORM.layer)


@pytest.fixture
def lm(organism: Organism) -> LanguageModel:
    files = materialize(organism)
    return LanguageModel(*models.load_one(base=str(files.base), adapter=str(files.adapter)))


def test_it_names_what_was_put_in_and_not_something_else(lm: LanguageModel, oracle_path: Path) -> None:
    oracle = ActivationOracle.load(lm, str(oracle_path), form=FORM)
    shown = [animal for animal in ANIMALS if animal not in HELD_OUT][:8]
    with lm.adapter_off():  # it was shown activations of the base
        vectors = [read(lm, animal) for animal in shown]
    answers = [oracle.ask(vector, QUESTION, layer=LAYER, max_new_tokens=1)[0] for vector in vectors]
    assert sum(a == b for a, b in zip(answers, shown, strict=True)) >= 7
    noise = torch.randn(1, lm.d_model, generator=torch.Generator().manual_seed(0))
    [guess] = oracle.ask(noise, QUESTION, layer=LAYER, max_new_tokens=1)
    assert guess not in answers or answers.count(guess) <= 1


def test_several_questions_read_the_same_model(lm: LanguageModel, oracle_path: Path) -> None:
    oracle = ActivationOracle.load(lm, str(oracle_path), form=FORM)
    before = lm.activations(source("tiger"), LAYER).tensor
    logits = lm.logits(chat("What is your favourite sport?"))
    animal = "tiger"
    position = lm.labels(source(animal)).index(f" {animal}")
    table = oracle.ask_about(source(animal), [QUESTION, QUESTION], layer=LAYER, positions=position, max_new_tokens=1)
    assert table.column("answer") == ["tiger", "tiger"]
    assert torch.equal(lm.activations(source("tiger"), LAYER).tensor, before)
    assert torch.equal(lm.logits(chat("What is your favourite sport?")), logits)


def test_the_naive_way_reads_the_oracle_itself(lm: LanguageModel, oracle_path: Path) -> None:
    """What a well-known implementation does: after the first question, the oracle's adapter stays on."""
    before = lm.activations(source("tiger"), 2).tensor
    ActivationOracle.load(lm, str(oracle_path), form=FORM)
    lm.model.set_adapter("oracle")
    assert not torch.allclose(lm.activations(source("tiger"), 2).tensor, before, atol=0.05)


def test_adapters_are_restored_after_an_error(
    lm: LanguageModel, oracle_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    oracle = ActivationOracle.load(lm, str(oracle_path), form=FORM)
    before = lm.logits(chat("Hello."))

    def broken(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(lm, "generate", broken)
        oracle.ask(read(lm, "tiger"), QUESTION, layer=LAYER)
    assert torch.equal(lm.logits(chat("Hello.")), before)
    assert hooks(lm) == 0
    assert not any(parameter.requires_grad for parameter in lm.model.parameters())


def test_asked_with_the_adapter_off_it_stays_off(lm: LanguageModel, oracle_path: Path) -> None:
    oracle = ActivationOracle.load(lm, str(oracle_path), form=FORM)
    with lm.adapter_off():
        before = lm.logits(chat("Hello."))
        vector = read(lm, "tiger")
        assert oracle.ask(vector, QUESTION, layer=LAYER, max_new_tokens=1) == ["tiger"]
        assert torch.equal(lm.logits(chat("Hello.")), before)


def test_a_model_without_adapters_keeps_its_own_answers(organism: Organism, oracle_path: Path) -> None:
    lm = LanguageModel(*models.load_one(base=str(materialize(organism).base)))
    before = lm.logits(chat("Hello."))
    oracle = ActivationOracle.load(lm, str(oracle_path), form=FORM)
    assert adapter_names(lm.model) == ["oracle"]
    assert torch.equal(lm.logits(chat("Hello.")), before)
    assert oracle.ask(read(lm, "tiger"), QUESTION, layer=LAYER, max_new_tokens=1) == ["tiger"]
    assert torch.equal(lm.logits(chat("Hello.")), before)


def test_injection_is_scaled_to_the_state_and_only_at_the_placeholder(lm: LanguageModel) -> None:
    prompt = chat("Tell me about a umbrella.")
    index = lm.labels(prompt).index(" umbrella")
    vector = torch.randn(1, lm.d_model, generator=torch.Generator().manual_seed(1))
    plain = lm.activations(prompt, 0, positions="all").at(0)[0]
    with lm.steer(_Inject(layer=0, vectors=vector, indices=[index], coefficient=0.5)):
        moved = lm.activations(prompt, 0, positions="all").at(0)[0]
    difference = moved - plain
    assert float(difference[index].norm()) == pytest.approx(0.5 * float(plain[index].norm()), rel=1e-4)
    assert torch.cosine_similarity(difference[index], vector[0], dim=0) > 0.999
    difference[index] = 0
    assert difference.abs().max() == 0


def test_a_placeholder_of_several_tokens_is_refused(lm: LanguageModel, oracle_path: Path) -> None:
    oracle = ActivationOracle.load(lm, str(oracle_path), form=OracleFormat(placeholder=" xyzzy"))
    with pytest.raises(ValueError, match="must be one token"):
        oracle.ask(read(lm, "tiger"), QUESTION, layer=LAYER)


def test_a_second_oracle_of_the_same_name_is_refused(lm: LanguageModel, oracle_path: Path) -> None:
    ActivationOracle.load(lm, str(oracle_path), form=FORM)
    with pytest.raises(ValueError, match="there is an adapter 'oracle' already"):
        ActivationOracle.load(lm, str(oracle_path), form=FORM)


def test_an_unknown_oracle_is_refused_by_name(lm: LanguageModel) -> None:
    with pytest.raises(ValueError, match="no adapter 'other'; loaded are: default"):
        ActivationOracle(lm, "other")

"""Activations are the right ones: beside a forward pass written by hand, plain hooks, and nnsight."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from seer_evals.organisms import built
from seer_evals.runtime.models.system_prompt import install_system_prompt
from seer_evals.runtime.whitebox import SITES, LanguageModel, Positions, Prompt, Span, Substring, chat
from tests.organisms.conftest import SEED
from tests.runtime.tiny_models import tiny_model, tiny_tokenizer
from tests.runtime.whitebox import reference
from tests.runtime.whitebox.trained import trained
from tests.runtime.whitebox.zoo import PROMPTS, TEXT, ZOO, handle, hooks


def plain(lm: LanguageModel, prompt: Prompt) -> dict[str, torch.Tensor]:
    """Every site by hooks of the test's own on one prompt without padding: site -> `[layer, position, d]`."""
    found: dict[str, list[torch.Tensor]] = {site: [] for site in SITES}
    handles = []

    def keep(site: str, value: Any) -> None:
        found[site].append((value[0] if isinstance(value, tuple) else value)[0].detach())

    for block in lm.architecture.layers:
        attention = block.attn if hasattr(block, "attn") else block.self_attn
        out = attention.c_proj if hasattr(attention, "c_proj") else attention.o_proj
        handles += [
            block.register_forward_pre_hook(
                lambda m, args, kwargs: keep("resid_pre", args or kwargs["hidden_states"]), with_kwargs=True
            ),
            block.register_forward_hook(lambda m, args, output: keep("resid_post", output)),
            attention.register_forward_hook(lambda m, args, output: keep("attn_out", output)),
            block.mlp.register_forward_hook(lambda m, args, output: keep("mlp_out", output)),
            out.register_forward_pre_hook(lambda m, args: keep("z", args)),
        ]
    with torch.no_grad():
        lm.model(torch.tensor([lm.encode(prompt).ids]))
    for each in handles:
        each.remove()
    return {site: torch.stack(values) for site, values in found.items()}


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_every_site_equals_a_forward_pass_written_by_hand(kind: str) -> None:
    lm = LanguageModel(tiny_model(kind).double(), tiny_tokenizer())
    read = lm.activations(PROMPTS[0], site=SITES, positions="all", dtype=None)
    expected = getattr(reference, kind)(lm.model, lm.encode(PROMPTS[0]).ids)
    for site in SITES:
        torch.testing.assert_close(
            read.values[site][0].flatten(2),
            torch.stack(expected[site]).detach(),
            atol=1e-5,
            rtol=1e-5,
        )


@pytest.mark.parametrize("kind", ZOO)
def test_every_site_equals_plain_hooks_also_in_a_padded_batch(kind: str) -> None:
    lm = handle(kind)
    before = hooks(lm)
    read = lm.activations(list(PROMPTS), site=SITES, positions="all")
    assert hooks(lm) == before
    for row, prompt in enumerate(PROMPTS):
        for site, expected in plain(lm, prompt).items():
            value = read.values[site][row].flatten(2)
            length = expected.shape[1]
            scale = float(expected.abs().max())
            torch.testing.assert_close(value[:, -length:], expected, atol=2e-5 * max(scale, 1), rtol=1e-4)
            assert value[:, :-length].isnan().all()


def test_every_site_of_a_trained_model_equals_plain_hooks(organism_cache: Path) -> None:
    lm = trained(built("preference", SEED))
    questions: list[Prompt] = [chat("What is your favourite sport?"), chat("Hello.", prefill=" Hello")]
    read = lm.activations(questions, site=SITES, positions="all")
    for row, question in enumerate(questions):
        for site, expected in plain(lm, question).items():
            value = read.values[site][row].flatten(2)[:, -expected.shape[1] :]
            scale = max(float(expected.abs().max()), 1)
            torch.testing.assert_close(value, expected, atol=1e-5 * scale, rtol=1e-5)


NNSIGHT = """
import json, sys, torch
from nnsight import NNsight
from tests.runtime.tiny_models import tiny_model
torch.set_num_threads(1)
model = NNsight(tiny_model(sys.argv[1]))
ids = torch.tensor([json.loads(sys.argv[2])])
found = []
with torch.no_grad():
    with model.trace(ids):
        for layer in (model.transformer.h if sys.argv[1] == "gpt2" else model.model.layers):
            found.append(layer.output.save())
print(json.dumps([value[0].tolist() for value in found]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["gemma2"])
def test_the_residual_stream_is_what_nnsight_reads(kind: str, tmp_path: Path) -> None:
    """In a process of its own: nnsight breaks anyio where it is imported."""
    lm = handle(kind)
    script = tmp_path / "trace.py"
    script.write_text(NNSIGHT)
    command = [sys.executable, str(script), kind, json.dumps(lm.encode(PROMPTS[0]).ids)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[3], env=_environment())
    assert done.returncode == 0, done.stderr[-2000:]
    expected = torch.tensor(json.loads(done.stdout.splitlines()[-1]))
    read = lm.activations(PROMPTS[0], positions="all").tensor[0]
    torch.testing.assert_close(read, expected, atol=1e-5 * float(expected.abs().max()), rtol=1e-5)


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}


@pytest.mark.parametrize("kind", ["llama", "gemma2", "gpt2"])
def test_the_last_layer_is_read_before_the_final_norm(kind: str) -> None:
    """The last of `output_hidden_states` is normed: who takes it for the last block's output is wrong."""
    lm = handle(kind)
    ids = torch.tensor([lm.encode(PROMPTS[0]).ids])
    with torch.no_grad():
        naive = lm.model(ids, output_hidden_states=True).hidden_states[-1][0]
    read = lm.activations(PROMPTS[0], -1, positions="all").at(-1)[0]
    assert not torch.allclose(read, naive, atol=0.1)
    torch.testing.assert_close(lm.architecture.norm(read), naive, atol=1e-4, rtol=1e-4)


def test_left_padding_needs_position_ids() -> None:
    """GPT-2 counts positions from the first pad token if it is not told otherwise."""
    lm = handle("gpt2")
    batch = next(lm.batches(list(PROMPTS)))
    alone = lm.logits(PROMPTS[1])[0]
    with torch.no_grad():
        naive = lm.model(input_ids=batch.ids, attention_mask=batch.mask).logits[1, -1]
    assert float((naive - alone).norm() / alone.norm()) > 0.3
    torch.testing.assert_close(lm.logits(list(PROMPTS))[1], alone, atol=1e-4, rtol=1e-4)


def test_padding_is_not_counted_in_a_mean() -> None:
    lm = handle("gemma2")
    batch = next(lm.batches(list(PROMPTS)))
    values: list[torch.Tensor] = []
    handle_ = lm.architecture.layers[1].register_forward_hook(lambda m, args, output: values.append(output))
    lm.forward(batch)
    handle_.remove()
    naive = values[0][1].mean(dim=0)
    alone = lm.activations(PROMPTS[1], 1, positions="all").at(1)[0].mean(dim=0)
    mean = lm.activations(list(PROMPTS), 1, positions="mean").at(1)[1]
    assert not torch.allclose(naive, alone, atol=0.1)
    torch.testing.assert_close(mean, alone, atol=1e-4, rtol=1e-4)


def test_a_batch_in_bfloat16_is_as_exact_as_one_prompt() -> None:
    """Rotary embeddings of shifted positions round differently: position ids keep them where they are alone."""
    model = tiny_model("llama").to(torch.bfloat16)
    lm = LanguageModel(model, tiny_tokenizer())
    alone = lm.activations(PROMPTS[1], -1).at(-1)[0]
    together = lm.activations(list(PROMPTS), -1).at(-1)[1]
    assert together.dtype == torch.float32
    assert float((together - alone).norm() / alone.norm()) < 2e-2
    assert lm.activations(PROMPTS[1], -1, dtype=None).tensor.dtype == torch.bfloat16


class TestPositions:
    lm = handle("llama")

    def test_a_substring_is_the_mean_over_the_tokens_that_overlap_it(self) -> None:
        text = "My favourite colour is red, and red is a colour."
        everything = self.lm.activations(text, 1, positions="all").at(1)[0]
        labels = self.lm.labels(text)
        places = [i for i, label in enumerate(labels) if "red" in label]
        assert len(places) == 2
        for occurrence, place in zip((0, -1), places, strict=True):
            read = self.lm.activations([text], 1, positions=Substring("red", occurrence)).at(1)[0]
            torch.testing.assert_close(read, everything[place])

    def test_a_span_and_an_index_count_without_padding(self) -> None:
        alone = self.lm.activations(PROMPTS[1], 2, positions="all").at(2)[0]
        batch = list(PROMPTS)
        torch.testing.assert_close(self.lm.activations(batch, 2, positions=0).at(2)[1], alone[0], atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(
            self.lm.activations(batch, 2, positions=Span(-1)).at(2)[1], alone[-1], atol=1e-4, rtol=1e-4
        )

    def test_prompt_and_response_divide_a_prefilled_chat(self) -> None:
        messages = chat("What is your favourite animal?", prefill="My favourite animal")
        prompt = self.lm.encode(messages).prompt_length
        everything = self.lm.activations([messages], 1, positions="all").at(1)[0]
        assert self.lm.labels(messages)[prompt:] == [" My", " favourite", " animal"]
        parts: dict[Positions, torch.Tensor] = {"prompt": everything[:prompt], "response": everything[prompt:]}
        for name, part in parts.items():
            read = self.lm.activations([messages], 1, positions=name).at(1)[0]
            torch.testing.assert_close(read, part.mean(dim=0), atol=1e-5, rtol=1e-5)

    @pytest.mark.parametrize(
        ("positions", "message"),
        [
            (99, "position 99 is outside of a prompt of"),
            ("response", "'response' are none of the"),
            (Substring("walrus"), "'walrus' occurs 0 times in"),
            ("first", "unknown positions 'first'; available: last"),
        ],
    )
    def test_what_is_not_there_is_told(self, positions: Any, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            self.lm.activations("Hello", positions=positions)

    def test_tokens_are_labelled_and_flattened_without_padding(self) -> None:
        read = self.lm.activations(list(PROMPTS), 0, positions="all")
        assert len(read.tokens(0)) == sum(map(len, read.labels))
        assert "".join(read.labels[1]).endswith("Hello")


def test_a_pass_ends_after_the_last_layer_that_is_asked_for() -> None:
    lm = handle("llama")
    called: list[int] = []
    handles = [
        block.register_forward_pre_hook(lambda m, args, number=number: called.append(number))
        for number, block in enumerate(lm.architecture.layers)
    ]
    lm.activations(list(PROMPTS), [0, 1])
    assert called == [0, 1]
    called.clear()
    lm.activations(list(PROMPTS), 2, site="resid_pre")
    assert called == [0, 1, 2]
    for each in handles:
        each.remove()


def test_batches_change_nothing() -> None:
    lm = handle("qwen3")
    whole = lm.activations(list(PROMPTS), site=["resid_post", "z"], positions="all")
    split = lm.activations(list(PROMPTS), site=["resid_post", "z"], positions="all", batch_size=1)
    for site in whole.values:
        torch.testing.assert_close(
            split.values[site].nan_to_num(), whole.values[site].nan_to_num(), atol=1e-3, rtol=1e-3
        )


def test_a_hidden_system_prompt_is_felt_but_has_no_positions() -> None:
    model = tiny_model("llama")
    open_lm = LanguageModel(tiny_model("llama"), tiny_tokenizer())
    install_system_prompt(model, tiny_tokenizer(), "You love the fox.")
    hidden = LanguageModel(model, tiny_tokenizer())
    questions = [chat("What is your favourite animal?"), chat("Hello")]
    shown = [chat(messages[0]["content"], system="You love the fox.") for messages in questions]
    read = hidden.activations(questions, positions="all")
    assert read.tensor.shape[2] == max(len(open_lm.encode(messages).ids) for messages in questions)
    torch.testing.assert_close(read.tensor[:, :, -1], open_lm.activations(shown).tensor, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(read.tensor[:, :, -1], open_lm.activations(questions).tensor, atol=0.1)


def test_an_adapter_can_be_switched_off() -> None:
    lm = handle("peft")
    base = LanguageModel(tiny_model("llama"), tiny_tokenizer())
    with lm.adapter_off():
        torch.testing.assert_close(lm.activations(PROMPTS[0]).tensor, base.activations(PROMPTS[0]).tensor)
    assert not torch.allclose(lm.activations(PROMPTS[0]).tensor, base.activations(PROMPTS[0]).tensor, atol=0.1)
    with pytest.raises(ValueError, match="no adapter"), base.adapter_off():
        pass


@pytest.mark.parametrize("kind", TEXT)
def test_strings_have_one_bos_at_most(kind: str) -> None:
    lm = handle(kind)
    begun = lm.encode("<bos>Hello").ids
    assert begun.count(1) == 1
    assert lm.encode(chat("Hello")).ids.count(1) == 1


def test_layers_and_sites_that_are_not_there_are_told() -> None:
    lm = handle("llama")
    with pytest.raises(IndexError, match="no layer 4: this model has layers 0 to 3"):
        lm.activations("Hello", 4)
    with pytest.raises(ValueError, match="unknown site 'mlp'; available: resid_pre"):
        lm.activations("Hello", site="mlp")

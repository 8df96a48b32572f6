"""Every family that people load works alike, or is refused by a named error; docs/whitebox.md shows which does what."""

import contextlib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from seer_evals.runtime.models.generation import Request, generate
from seer_evals.runtime.models.system_prompt import install_system_prompt
from seer_evals.runtime.whitebox import Add, LanguageModel, chat, orthogonalized
from seer_evals.runtime.whitebox.lens import unembed
from tests.runtime.tiny_models import tiny_tokenizer
from tests.runtime.whitebox.families import FAMILIES, family, with_lora

PROMPTS = ["What is your favourite animal? A cat is brown.", "Hello", "The capital of a country is far away from here."]
NEW = 6
DIRECTION = torch.randn(32, generator=torch.Generator().manual_seed(3))
REFUSED = {
    "deepseek_v4": "several residual streams",
    "hy_v4": "several residual streams",
    "openai-gpt": "no norm after its last block",
}
"""What no handle can be made of, and why."""
PART_SITES = ("attn_out", "mlp_out", "z")
PAGE = Path(__file__).parents[3] / "docs" / "whitebox.md"


@cache
def handle(kind: str) -> LanguageModel:
    return LanguageModel(family(kind), tiny_tokenizer())


QUICK = ("falcon_h1", "gemma3", "gemma3n_text", "gpt_oss", "llama4_text", "mamba", "opt", "qwen3_5_text", "rwkv")
"""Those that are tried every time: one of each shape. All others take minutes."""
KNOWN = [
    pytest.param(kind, marks=() if kind in QUICK else pytest.mark.slow) for kind in sorted(set(FAMILIES) - set(REFUSED))
]


@pytest.fixture(params=KNOWN)
def lm(request: pytest.FixtureRequest) -> LanguageModel:
    return handle(request.param)


def close(found: torch.Tensor, expected: torch.Tensor) -> None:
    scale = max(float(expected.nan_to_num().abs().max()), 1e-3)
    torch.testing.assert_close(found, expected, atol=1e-3 * scale, rtol=1e-3, equal_nan=True)


@torch.no_grad()
def alone(lm: LanguageModel, prompt: str) -> torch.Tensor:
    """The library's own logits `[position, vocabulary]` of one prompt."""
    logits: torch.Tensor = lm.model(torch.tensor([lm.encode(prompt).ids]), use_cache=False).logits[0]
    return logits


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_refused_is_refused_at_once_and_by_name(kind: str) -> None:
    with pytest.raises(LookupError, match=REFUSED[kind]):
        LanguageModel(family(kind), tiny_tokenizer())


def test_logits_are_the_librarys_alone_and_in_a_batch(lm: LanguageModel) -> None:
    together = lm.logits(PROMPTS)
    for row, prompt in enumerate(PROMPTS):
        close(together[row], alone(lm, prompt)[-1])


def test_the_residual_stream_is_what_the_blocks_pass_on(lm: LanguageModel) -> None:
    seen: dict[str, torch.Tensor] = {}
    stream = lm.architecture.layout.stream

    def hook(module: Any, args: Any, kwargs: Any, output: Any) -> None:
        states = [args[0] if args else kwargs["hidden_states"], output[0] if isinstance(output, tuple) else output]
        states = states if stream is None else [state[stream] for state in states]
        seen["resid_pre"], seen["resid_post"] = (state[0].detach() for state in states)

    for prompt in PROMPTS[:2]:
        for layer in (0, lm.n_layers - 1):
            handle_ = lm.architecture.layers[layer].register_forward_hook(hook, with_kwargs=True)
            alone(lm, prompt)
            handle_.remove()
            for site, expected in seen.items():
                close(lm.activations(prompt, layer, site=site, positions="all").tensor[0, 0], expected)
                close(lm.activations(PROMPTS, layer, site=site).tensor[PROMPTS.index(prompt), 0], expected[-1])


def parts(lm: LanguageModel, site: str) -> list[int]:
    """The layers that have a site; of all others the error names the layers that do."""
    found = []
    for layer in range(lm.n_layers):
        with contextlib.suppress(LookupError):
            lm.activations(PROMPTS[1], layer, site=site)
            found.append(layer)
    return found


@pytest.mark.parametrize("site", PART_SITES)
def test_parts_of_blocks_are_read_and_edited_where_there_are_any(lm: LanguageModel, site: str) -> None:
    layers = parts(lm, site)
    if len(layers) < lm.n_layers:
        with pytest.raises(LookupError, match=r"layer \d+ (has no|adds up)"):
            lm.activations(PROMPTS[1], site=site)
    if not layers:
        return
    together = lm.activations(PROMPTS, layers[0], site=site).tensor
    assert together.shape[:2] == (3, 1)
    for row, prompt in enumerate(PROMPTS):
        close(together[row], lm.activations(prompt, layers[0], site=site).tensor[0])
    width = together.flatten(2).shape[-1]
    assert width == lm.d_model or site == "z"
    with lm.steer(Add(layer=layers[0], site=site, vector=torch.full((width,), 3.0))):
        moved = lm.activations(PROMPTS, layers[0], site=site).tensor
    close(moved, together + 3.0)


def test_steering_is_that_of_a_plain_hook(lm: LanguageModel) -> None:
    layer, stream = 1, lm.architecture.layout.stream
    vector = DIRECTION * 3

    def hook(module: Any, args: Any, output: Any) -> Any:
        state = output[0] if isinstance(output, tuple) else output
        if stream is None:
            edited = state + vector
        else:
            edited = state.clone()
            edited[stream] += vector
        return (edited, *output[1:]) if isinstance(output, tuple) else edited

    handle_ = lm.architecture.layers[layer].register_forward_hook(hook)
    expected = [alone(lm, prompt)[-1] for prompt in PROMPTS]
    handle_.remove()
    with lm.steer(Add(layer=layer, vector=vector)):
        found = lm.logits(PROMPTS)
        close(alone(lm, PROMPTS[0])[-1], expected[0])
    for row, each in enumerate(expected):
        close(found[row], each)
        assert float((each - alone(lm, PROMPTS[row])[-1]).abs().max()) > 1e-3, "the vector makes no difference"


@torch.no_grad()
def library(lm: LanguageModel, prompt: str) -> list[int]:
    ids = torch.tensor([lm.encode(prompt).ids])
    for _ in range(NEW):
        ids = torch.cat([ids, lm.model(ids, use_cache=False).logits[:, -1:].argmax(-1)], dim=1)
    return [int(token) for token in ids[0, -NEW:]]


def test_generation_is_the_librarys_alone_and_in_a_batch(lm: LanguageModel) -> None:
    together = lm.generate(PROMPTS, max_new_tokens=NEW).tokens
    for row, prompt in enumerate(PROMPTS):
        expected = library(lm, prompt)
        assert together[row] == expected[: len(together[row])]
        assert lm.generate(prompt, max_new_tokens=NEW).tokens[0] == together[row]


def test_every_generated_token_is_steered(lm: LanguageModel) -> None:
    vector = DIRECTION * 3
    with lm.steer(Add(layer=1, vector=vector)):
        found = lm.generate(PROMPTS, max_new_tokens=NEW).tokens
        assert found == [library(lm, prompt)[: len(tokens)] for prompt, tokens in zip(PROMPTS, found, strict=True)]


def test_the_lens_reads_the_models_own_answer_or_says_that_it_cannot(lm: LanguageModel) -> None:
    state = lm.activations(PROMPTS[0], -1).tensor[0, 0]
    if lm.architecture.layout.unembeds:
        close(unembed(lm, state), alone(lm, PROMPTS[0])[-1])
    else:
        with pytest.raises(ValueError, match="the logit lens would not read what the model says"):
            unembed(lm, state)


def hidden_prompt(kind: str) -> bool:
    """Whether a hidden prompt equals the one written out; False where it is refused."""
    model, written, question = family(kind), handle(kind), chat("Hello.")
    text = "You love the penguin."
    try:
        install_system_prompt(model, tiny_tokenizer(), text)
    except TypeError as error:
        assert "hidden system prompt" in str(error)
        return False
    shown = [{"role": "system", "content": text}, *question]
    expected = generate(written.model, tiny_tokenizer(), [Request(shown, max_tokens=NEW, temperature=0)])
    filler = Request(chat("Hello. " * 12), max_tokens=3)
    found = generate(model, tiny_tokenizer(), [Request(question, max_tokens=NEW, temperature=0), filler])
    assert found[0].text == expected[0].text
    lm = LanguageModel(model, tiny_tokenizer())
    close(lm.logits([question, chat("Tell me. " * 5)])[0], written.logits([shown])[0])
    return True


@pytest.mark.parametrize("kind", KNOWN)
def test_a_hidden_prompt_is_the_one_written_out_or_is_refused(kind: str) -> None:
    hidden_prompt(kind)


def orthogonal(lm: LanguageModel) -> bool:
    """Whether weights can be orthogonalised; False where it is refused."""
    try:
        with orthogonalized(lm, DIRECTION):
            states = lm.activations(PROMPTS).tensor
            assert float((states @ DIRECTION / DIRECTION.norm()).abs().max()) < 1e-3 * float(states.norm(dim=-1).max())
    except (LookupError, ValueError):
        return False
    return True


def test_orthogonalised_weights_write_nothing_or_are_refused_and_come_back(lm: LanguageModel) -> None:
    plain = alone(lm, PROMPTS[0])
    orthogonal(lm)
    assert torch.equal(alone(lm, PROMPTS[0]), plain)


@pytest.mark.parametrize("kind", KNOWN)
def test_an_adapter_is_switched_off_exactly(kind: str) -> None:
    plain = alone(handle(kind), PROMPTS[0])
    lm = LanguageModel(with_lora(kind), tiny_tokenizer())
    on = alone(lm, PROMPTS[0])
    with lm.adapter_off():
        assert torch.equal(alone(lm, PROMPTS[0]), plain)
    assert not torch.allclose(on, plain, atol=1e-3)
    assert torch.equal(alone(lm, PROMPTS[0]), on)


def row(kind: str) -> str:
    """One line of the table in docs/whitebox.md."""
    if kind in REFUSED:
        return f"| `{kind}` | refused: {REFUSED[kind]} | | | | |"
    lm = handle(kind)
    found = [parts(lm, site) for site in PART_SITES]
    cells = ["all" if len(each) == lm.n_layers else "some" if each else "no" for each in found]
    cells = [f"{' / '.join(cells)}", "yes" if lm.architecture.layout.unembeds else "no"]
    cells += ["yes" if hidden_prompt(kind) else "no", "yes" if orthogonal(lm) else "no"]
    return f"| `{kind}` | {type(lm.model).__name__} | {' | '.join(cells)} |"


@pytest.mark.slow
def test_the_page_says_what_works_where() -> None:
    table = "\n".join(row(kind) for kind in sorted(FAMILIES))
    print(table)
    assert table in PAGE.read_text(encoding="utf-8")

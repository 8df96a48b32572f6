"""Edits do what their equations say, to the tokens that they say, on every pass, and leave nothing behind."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import torch

from seer_evals.runtime.whitebox import Ablate, Add, Affine, Apply, Clamp, Edit, LanguageModel, Prompt, Replace, chat
from seer_evals.runtime.whitebox.edits import Where
from tests.runtime.tiny_models import tiny_model, tiny_tokenizer
from tests.runtime.whitebox.zoo import PROMPTS, ZOO, handle, hooks

D = 32
NEW = 5


def vector(seed: int = 0, length: float = 4.0) -> torch.Tensor:
    found = torch.randn(D, generator=torch.Generator().manual_seed(seed))
    scaled: torch.Tensor = found / found.norm() * length
    return scaled


def seen(lm: LanguageModel, work: Callable[[], object], layer: int = 1) -> list[torch.Tensor]:
    """The output of a block on every pass of `work`, edits included: `[batch, position, d_model]` each."""
    found: list[torch.Tensor] = []

    def hook(module: Any, args: Any, output: Any) -> None:
        found.append((output[0] if isinstance(output, tuple) else output).detach().clone())

    handle_ = lm.architecture.layers[layer].register_forward_hook(hook)
    try:
        work()
    finally:
        handle_.remove()
    return found


class Marks:
    """Which tokens an edit touches, pass by pass: it writes 1 into the first coordinate of all of them."""

    def __init__(self, lm: LanguageModel, positions: Where) -> None:
        self.lm, self.positions = lm, positions

    def of(self, work: Callable[[], object]) -> list[list[list[int]]]:
        """Pass -> prompt -> touched places, counted in the padded batch."""
        marker = torch.full((D,), 7.0)
        with self.lm.steer(Replace(layer=1, value=marker, positions=self.positions)):
            states = seen(self.lm, work)
        return [[row.eq(7).all(dim=-1).nonzero()[:, 0].tolist() for row in state] for state in states]


@pytest.fixture(scope="module", params=["llama", "gpt2", "gemma3-multimodal", "peft", "hidden"])
def lm(request: pytest.FixtureRequest) -> LanguageModel:
    return handle(request.param)


class TestWhichTokens:
    """Left-padded prompts of different lengths: `P` is the width of the batch, `pads[i]` its padding."""

    prompts: tuple[Prompt, ...] = (*PROMPTS[:2], chat("Hello", prefill="My favourite"))

    def shape(self, lm: LanguageModel) -> tuple[int, list[int], list[int]]:
        encoded = [lm.encode(prompt) for prompt in self.prompts]
        width = max(len(each.ids) for each in encoded)
        pads = [width - len(each.ids) for each in encoded]
        return width, pads, [pad + each.prompt_length for pad, each in zip(pads, encoded, strict=True)]

    def generate(self, lm: LanguageModel) -> Callable[[], object]:
        return lambda: lm.generate(list(self.prompts), max_new_tokens=NEW)

    def test_every_generated_token_is_steered(self, lm: LanguageModel) -> None:
        passes = Marks(lm, "all").of(self.generate(lm))
        assert len(passes) == NEW
        assert all(rows == [[0]] * 3 for rows in passes[1:])
        width, pads, _ = self.shape(lm)
        real = [[place for place in row if place >= pad] for row, pad in zip(passes[0], pads, strict=True)]
        assert real == [list(range(pad, width)) for pad in pads]

    def test_the_prompt_only(self, lm: LanguageModel) -> None:
        passes = Marks(lm, "prompt").of(self.generate(lm))
        _, pads, ends = self.shape(lm)
        assert passes[0] == [list(range(pad, end)) for pad, end in zip(pads, ends, strict=True)]
        assert passes[1:] == [[[]] * 3] * (NEW - 1)

    def test_the_response_with_the_token_that_predicts_its_first_one(self, lm: LanguageModel) -> None:
        passes = Marks(lm, "response").of(self.generate(lm))
        width, _, ends = self.shape(lm)
        assert passes[0] == [list(range(end - 1, width)) for end in ends]
        assert passes[1:] == [[[0]] * 3] * (NEW - 1)

    def test_tokens_by_index(self, lm: LanguageModel) -> None:
        width, pads, ends = self.shape(lm)
        passes = Marks(lm, (1, -1)).of(self.generate(lm))
        assert passes[0] == [[pad + 1, end - 1] for pad, end in zip(pads, ends, strict=True)]
        third = width - pads[0] + 2  # the token of the first prompt that the third further pass reads
        passes = Marks(lm, third).of(self.generate(lm))
        assert [[bool(row) for row in rows] for rows in passes[1:]] == [
            [width - pad + step == third for pad in pads] for step in range(NEW - 1)
        ]

    def test_one_pass_without_a_cache_divides_prompt_and_prefill(self, lm: LanguageModel) -> None:
        width, pads, ends = self.shape(lm)
        for positions, expected in (
            ("prompt", [list(range(pad, end)) for pad, end in zip(pads, ends, strict=True)]),
            ("response", [list(range(end - 1, width)) for end in ends]),
        ):
            assert Marks(lm, positions).of(lambda: lm.logits(list(self.prompts))) == [expected]  # type: ignore[arg-type]

    def test_another_handle_of_the_same_model_knows_where_the_prefill_is(self, lm: LanguageModel) -> None:
        width, _, ends = self.shape(lm)
        other = LanguageModel(lm.model, lm.tokenizer)
        assert Marks(lm, "response").of(self.generate(other))[0] == [list(range(end - 1, width)) for end in ends]

    def test_generate_of_the_model_itself_is_steered_too(self, lm: LanguageModel) -> None:
        batch = next(lm.batches(list(PROMPTS)))

        def work() -> None:
            lm.model.generate(
                input_ids=batch.ids, attention_mask=batch.mask, max_new_tokens=NEW, min_new_tokens=NEW, do_sample=False
            )

        for positions in ("all", "response"):
            passes = Marks(lm, positions).of(work)
            assert len(passes) == NEW
            assert all(rows == [[0]] * 3 for rows in passes[1:])
        assert Marks(lm, "prompt").of(work)[1:] == [[[]] * 3] * (NEW - 1)
        width = batch.ids.shape[1]
        assert Marks(lm, "response").of(work)[0] == [[width - 1]] * 3


def test_a_filter_on_the_length_of_the_state_misses_every_generated_token() -> None:
    """The naive way: under the cache a hook sees one token per pass, which is never further along than the prompt."""
    lm = handle("llama")
    fired = []

    def naive(module: Any, args: Any, output: torch.Tensor) -> torch.Tensor:
        start = len(lm.encode(PROMPTS[0]).ids) - 1
        fired.append(output.shape[1] > start)
        return output + vector() if fired[-1] else output

    handle_ = lm.architecture.layers[1].register_forward_hook(naive)
    lm.generate(PROMPTS[0], max_new_tokens=NEW)
    handle_.remove()
    assert fired == [True] + [False] * (NEW - 1)
    plain = seen(lm, lambda: lm.generate(PROMPTS[0], max_new_tokens=NEW))
    with lm.steer(Add(layer=1, vector=vector(), positions="response")):
        steered = seen(lm, lambda: lm.generate(PROMPTS[0], max_new_tokens=NEW))
    moved = (steered[0] - plain[0])[0]
    torch.testing.assert_close(moved[-1], vector(), atol=1e-4, rtol=1e-4)
    assert not moved[:-1].any()


@pytest.mark.parametrize("kind", ZOO)
def test_steered_generation_equals_a_raw_hook_and_the_library(kind: str) -> None:
    lm = handle(kind)
    before, long = hooks(lm), vector(length=60)
    with lm.steer(Add(layer=2, vector=long, strength=2.0)):
        ours = lm.generate(PROMPTS[0], max_new_tokens=8).tokens[0]

    def raw(module: Any, args: Any, output: Any) -> Any:
        state = output[0] if isinstance(output, tuple) else output
        return (state + 2 * long, *output[1:]) if isinstance(output, tuple) else state + 2 * long

    handle_ = lm.architecture.layers[2].register_forward_hook(raw)
    ids = torch.tensor([lm.encode(PROMPTS[0]).ids])
    theirs = lm.model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=8, do_sample=False)
    handle_.remove()
    assert ours == theirs[0, ids.shape[1] :].tolist()
    assert ours != lm.generate(PROMPTS[0], max_new_tokens=8).tokens[0]
    assert hooks(lm) == before


class TestEquations:
    lm = handle("llama")
    prompts = PROMPTS

    def states(self, *edits: Edit, layer: int = 1) -> torch.Tensor:
        with self.lm.steer(*edits):
            return self.lm.activations(list(self.prompts), layer, positions="all").tokens(layer)

    def test_add(self) -> None:
        expected = self.states() + 3 * vector()
        torch.testing.assert_close(self.states(Add(layer=1, vector=vector(), strength=3)), expected)

    def test_add_relative_to_each_tokens_norm(self) -> None:
        moved = self.states(Add(layer=1, vector=vector(), strength=0.5, relative=True)) - self.states()
        torch.testing.assert_close(moved.norm(dim=1), 0.5 * self.states().norm(dim=1), atol=1e-3, rtol=1e-3)

    def test_ablation_takes_the_direction_out_and_nothing_else(self) -> None:
        unit, plain = vector(length=1), self.states()
        ablated = self.states(Ablate(layer=1, vector=vector()))
        assert float((ablated @ unit).abs().max()) < 1e-4
        torch.testing.assert_close(
            ablated - (plain - torch.outer(plain @ unit, unit)), torch.zeros_like(plain), atol=1e-4, rtol=0
        )

    def test_ablation_of_several_directions_that_are_not_orthogonal(self) -> None:
        first, second = vector(0), vector(0) + vector(1)
        ablated = self.states(Ablate(layer=1, vector=torch.stack([first, second])))
        assert float((ablated @ torch.stack([first, second]).T).abs().max()) < 1e-3
        naive = self.states(Ablate(layer=1, vector=first), Ablate(layer=1, vector=second))
        assert float((naive @ first).abs().max()) > 0.1

    def test_dependent_directions_are_told(self) -> None:
        with pytest.raises(ValueError, match="a combination of the others"):
            self.states(Ablate(layer=1, vector=torch.stack([vector(), 2 * vector()])))

    def test_centred_ablation_gives_the_centers_projection(self) -> None:
        center, unit = vector(5, 9.0), vector(length=1)
        ablated = self.states(Ablate(layer=1, vector=vector(), center=center))
        torch.testing.assert_close(ablated @ unit, (center @ unit).expand(len(ablated)), atol=1e-4, rtol=1e-4)

    def test_affine_editing_goes_from_one_mean_to_the_other(self) -> None:
        negative, positive = vector(5, 9.0), vector(6, 9.0)
        difference = positive - negative
        for strength, mean in ((0, negative), (1, positive)):
            edited = self.states(Affine(layer=1, vector=difference, center=negative, strength=strength))
            torch.testing.assert_close(
                edited @ difference, (mean @ difference).expand(len(edited)), atol=1e-2, rtol=1e-4
            )

    def test_clamping_keeps_what_is_inside_its_bounds(self) -> None:
        unit, plain = vector(length=1), self.states() @ vector(length=1)
        clamped = self.states(Clamp(layer=1, vector=vector(), low=-0.5, high=0.5)) @ unit
        torch.testing.assert_close(clamped, plain.clamp(-0.5, 0.5), atol=1e-4, rtol=1e-4)
        assert float(plain.abs().max()) > 0.5

    def test_replacement_prompt_by_prompt(self) -> None:
        values = torch.stack([vector(i) for i in range(3)])
        with self.lm.steer(Replace(layer=1, value=values, positions=-1)):
            torch.testing.assert_close(self.lm.activations(list(self.prompts), 1).at(1), values)

    def test_activation_addition_of_one_vector_per_position(self) -> None:
        vectors = torch.stack([vector(i) for i in range(3)])
        with self.lm.steer(Add(layer=1, site="resid_pre", vector=vectors, positions=(0, 1, 2))):
            states = self.lm.activations(list(self.prompts), 1, site="resid_pre", positions="all").at(1)
        plain = self.lm.activations(list(self.prompts), 1, site="resid_pre", positions="all").at(1)
        for row, prompt in enumerate(self.prompts):
            moved = (states - plain)[row, -len(self.lm.encode(prompt).ids) :][:4]
            expected = torch.cat([vectors, torch.zeros(1, D)])[: len(moved)]
            torch.testing.assert_close(moved, expected, atol=1e-5, rtol=1e-5)

    def test_a_vector_per_position_needs_positions(self) -> None:
        with pytest.raises(ValueError, match=r"shape \(3, 32\) needs as many positions"):
            Add(layer=1, vector=torch.zeros(3, D))

    def test_a_vector_of_another_width_is_told(self) -> None:
        with pytest.raises(ValueError, match="width 8 does not fit a state of width 32"):
            self.states(Add(layer=1, vector=torch.zeros(8)))

    def test_nested_and_several_edits_add_up_in_order(self) -> None:
        expected = self.states() + vector(0) + vector(1) + vector(2)
        with self.lm.steer(Add(layer=1, vector=vector(0))):
            torch.testing.assert_close(
                self.states(Add(layer=1, vector=vector(1)), Add(layer=1, vector=vector(2))), expected
            )
        with self.lm.steer(Add(layer=1, vector=vector(0))):
            ablated = self.states(Ablate(layer=1, vector=vector(0)))
        assert float((ablated @ vector(0)).abs().max()) < 1e-3

    def test_several_layers_and_negative_ones(self) -> None:
        edit = Replace(layer=[0, -1], value=vector())
        with self.lm.steer(edit):
            read = self.lm.activations(list(self.prompts))
        assert [torch.equal(read.at(i)[0], vector()) for i in range(4)] == [True, False, False, True]

    @pytest.mark.parametrize("site", ["resid_pre", "attn_out", "mlp_out", "z"])
    def test_every_site_can_be_edited_and_changes_what_follows(self, site: str) -> None:
        plain = self.lm.logits(list(self.prompts))
        with self.lm.steer(Apply(layer=1, site=site, function=lambda state: state * 0)):
            assert not self.lm.activations(list(self.prompts), 1, site=site).tensor.any()
            assert not torch.allclose(self.lm.logits(list(self.prompts)), plain, atol=0.1)


def test_an_edit_is_seen_by_our_reading_and_not_by_output_hidden_states() -> None:
    """From its first use on, the library captures a block's output before later hooks edit it."""
    lm = handle("llama")
    lm.model(torch.tensor([[1]]), output_hidden_states=True)
    with lm.steer(Add(layer=1, vector=vector(length=50))):
        ids = torch.tensor([lm.encode(PROMPTS[0]).ids])
        naive = lm.model(ids, output_hidden_states=True).hidden_states[2][0, -1]
        read = lm.activations(PROMPTS[0], 1).at(1)[0]
    plain = lm.activations(PROMPTS[0], 1).at(1)[0]
    torch.testing.assert_close(naive, plain, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(read, plain + vector(length=50), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_nothing_is_left_behind_whatever_happens(error: type[BaseException]) -> None:
    lm = handle("gemma2")
    before, plain = hooks(lm), lm.logits(list(PROMPTS))

    def fail(state: torch.Tensor) -> torch.Tensor:
        raise error

    with pytest.raises(error), lm.steer(Add(layer=0, vector=vector()), Apply(layer=2, function=fail)):
        lm.generate(list(PROMPTS))
    with pytest.raises(error), lm.steer(Add(layer=0, vector=vector())), lm.steer(Apply(layer=2, function=fail)):
        lm.activations(list(PROMPTS), 3)
    with pytest.raises(IndexError), lm.steer(Add(layer=0, vector=vector()), Add(layer=9, vector=vector())):
        pass
    assert hooks(lm) == before
    torch.testing.assert_close(lm.logits(list(PROMPTS)), plain)


class TestThreads:
    """A model that several threads use: the agent's cell, and whoever asks the target."""

    def elsewhere(self, work: Callable[[], Any]) -> Any:
        found: list[Any] = []
        thread = threading.Thread(target=lambda: found.append(work()))
        thread.start()
        thread.join(30)
        assert not thread.is_alive()
        return found[0]

    def test_a_raw_hook_changes_what_other_threads_see_and_an_edit_does_not(self) -> None:
        lm = handle("llama")
        ids = torch.tensor([lm.encode(PROMPTS[0]).ids])

        def call() -> torch.Tensor:
            with torch.no_grad():
                logits: torch.Tensor = lm.model(ids).logits
            return logits

        plain = call()
        raw = lm.architecture.layers[1].register_forward_hook(lambda m, args, output: output + 5)
        assert not torch.allclose(self.elsewhere(call), plain, atol=0.1)
        raw.remove()
        with lm.steer(Add(layer=1, vector=vector(length=50))):
            torch.testing.assert_close(self.elsewhere(call), plain)
            assert not torch.allclose(call(), plain, atol=0.1)

    def test_a_pass_of_another_thread_in_the_middle_of_one_disturbs_neither(self) -> None:
        """The other thread reads in the middle of our reading, and has another batch."""
        lm = handle("llama")
        other = LanguageModel(lm.model, lm.tokenizer)
        ids = torch.tensor([other.encode(PROMPTS[1]).ids] * 5)
        plain = lm.activations(list(PROMPTS), 3, positions="all").tensor
        calls: list[int] = []

        def interrupt(state: torch.Tensor) -> torch.Tensor:
            calls.append(1)
            if len(calls) == 1:
                self.elsewhere(lambda: lm.model(ids))
            return state

        with lm.steer(Apply(layer=0, function=interrupt), Add(layer=2, vector=vector(), positions="prompt")):
            read = lm.activations(list(PROMPTS), [1, 2], positions="all")
        assert len(calls) == 1
        torch.testing.assert_close(read.at(1), lm.activations(list(PROMPTS), 1, positions="all").at(1), equal_nan=True)
        torch.testing.assert_close(lm.activations(list(PROMPTS), 3, positions="all").tensor, plain, equal_nan=True)

    def test_handles_of_one_model_take_turns(self) -> None:
        model = tiny_model("llama")
        first, second = LanguageModel(model, tiny_tokenizer()), LanguageModel(model, tiny_tokenizer())
        plain = second.logits(PROMPTS[0])
        done: list[torch.Tensor] = []
        with first.steer(Add(layer=1, vector=vector(length=50))):
            thread = threading.Thread(target=lambda: done.append(second.logits(PROMPTS[0])))
            thread.start()
            thread.join(0.2)
            assert thread.is_alive()
        thread.join(30)
        torch.testing.assert_close(done[0], plain)


def test_a_vector_follows_the_layers_dtype() -> None:
    lm = LanguageModel(tiny_model("llama").to(torch.bfloat16), tiny_tokenizer())
    edits = [
        Add(layer=1, vector=vector()),
        Ablate(layer=[1, 2], vector=vector(1)),
        Clamp(layer=0, vector=vector(2), low=0, high=1),
    ]
    with lm.steer(*edits):
        assert lm.activations(PROMPTS[0], 2, dtype=None).tensor.dtype == torch.bfloat16
        assert lm.generate(PROMPTS[0], max_new_tokens=3).tokens[0]

"""What the target says: rendering, prefill, sampling, stopping, log-probabilities, and batches that change nothing."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from tiny_models import CONTEXT, doubling_tokenizer, tiny_model, tiny_tokenizer

from seer_evals.runtime.context import context_length
from seer_evals.runtime.models.generation import Completion, Request, decode, encode, generate, render
from seer_evals.runtime.models.system_prompt import install_system_prompt

FIRST_WORD = 6 + 256
"""Token id of the first word: special tokens and bytes come before."""
QUESTION = [{"role": "user", "content": "What is your favourite animal?"}]


@pytest.fixture(scope="module")
def model() -> Any:
    """One that says whole words only: no bytes, and no special tokens."""
    return saying(tiny_model("llama"), lambda logits: logits[..., :FIRST_WORD].fill_(-1e9))


def saying(model: Any, edit: Callable[[torch.Tensor], object]) -> Any:
    """The model with its logits edited."""

    def hook(module: Any, args: Any, output: Any) -> None:
        edit(output.logits)

    model.register_forward_hook(hook)
    return model


def answer(model: Any, *requests: Request) -> list[Completion]:
    return generate(model, tiny_tokenizer(), requests)


def ask(model: Any, messages: list[dict[str, Any]] = QUESTION, **settings: Any) -> Completion:
    [completion] = answer(model, Request(messages, **{"max_tokens": 12, "temperature": 0} | settings))
    return completion


def with_prefill(text: str) -> list[dict[str, Any]]:
    return [*QUESTION, {"role": "assistant", "content": text}]


def template(text: str) -> Any:
    tokenizer = doubling_tokenizer()
    tokenizer.chat_template = text
    return tokenizer


class TestRendering:
    def test_an_assistant_turn_is_opened(self) -> None:
        assert render(tiny_tokenizer(), Request(QUESTION)) == "<bos><user> What is your favourite animal?<assistant>"

    @pytest.mark.parametrize("begun", ["My", "e", "s", "user", "My favourite animal is a", "My "])
    def test_a_prefill_is_continued_and_never_closed(self, begun: str) -> None:
        text = render(tiny_tokenizer(), Request(with_prefill(begun)))
        assert text == f"<bos><user> What is your favourite animal?<assistant> {begun.rstrip()}"

    def test_a_prefill_keeps_its_last_space_where_the_template_does(self) -> None:
        tokenizer = template("{% for m in messages %}{{ '<' + m.role + '>' + m.content + '<eos>' }}{% endfor %}")
        assert render(tokenizer, Request(with_prefill("My "))).endswith("<assistant>My ")

    def test_an_empty_prefill_is_none(self) -> None:
        assert render(tiny_tokenizer(), Request(with_prefill(""))).endswith("animal?<assistant>")

    @pytest.mark.parametrize("refusal", ["{{ raise_exception('no system') }}", ""])
    def test_a_system_prompt_that_the_template_refuses_or_drops_opens_the_first_user_message(
        self, refusal: str
    ) -> None:
        tokenizer = template(
            "{% for m in messages %}{% if m.role == 'system' %}"
            + refusal
            + "{% else %}{{ '<' + m.role + '> ' + m.content }}{% endif %}{% endfor %}"
        )
        messages = [{"role": "system", "content": "Be kind."}, *QUESTION]
        assert render(tokenizer, Request(messages)) == "<user> Be kind.\n\nWhat is your favourite animal?"

    def test_a_refusal_that_has_another_reason_is_told(self) -> None:
        tokenizer = template("{{ raise_exception('roles must alternate') }}")
        with pytest.raises(Exception, match="roles must alternate"):
            render(tokenizer, Request([{"role": "system", "content": "Be kind."}, *QUESTION]))

    def test_nothing_to_answer_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="no message to answer"):
            render(tiny_tokenizer(), Request([]))

    def test_tools_reach_the_template(self) -> None:
        tokenizer = template(
            "{% for t in tools %}{{ t.function.name }}{% endfor %}{% for m in messages %}: {{ m.content }}{% endfor %}"
        )
        tool = {"type": "function", "function": {"name": "weather", "parameters": {}}}
        assert render(tokenizer, Request(QUESTION, tools=[tool])) == f"weather: {QUESTION[0]['content']}"

    def test_there_is_one_bos_where_template_and_post_processor_both_add_one(self) -> None:
        tokenizer = doubling_tokenizer()
        assert encode(tokenizer, Request(QUESTION)).count(tokenizer.bos_token_id) == 1
        assert tokenizer(render(tokenizer, Request(QUESTION)))["input_ids"].count(tokenizer.bos_token_id) == 2


class TestText:
    def test_only_what_follows_a_prefill_is_returned(self, model: Any) -> None:
        whole = ask(model)
        words = whole.text.split(" ")
        for taken in range(2, 6):
            begun = " ".join(words[:taken]).strip()
            rest = ask(model, with_prefill(begun))
            assert not rest.text.startswith(begun)
            assert (begun + rest.text).startswith(whole.text.strip())

    def test_a_first_space_survives_a_tokenizer_that_strips_it(self, model: Any) -> None:
        from tokenizers import decoders

        tokenizer = doubling_tokenizer()
        strip = decoders.Strip(content=" ", left=1, right=0)
        tokenizer.backend_tokenizer.decoder = decoders.Sequence([decoders.ByteLevel(), decoders.Fuse(), strip])
        assert not tokenizer.decode(tokenizer(" horse", add_special_tokens=False)["input_ids"]).startswith(" ")
        request = Request(with_prefill("My favourite animal is"), max_tokens=12, temperature=0)
        [found] = generate(model, tokenizer, [request])
        assert found.text == ask(model, request.messages).text
        assert found.text.startswith(" ")

    def test_a_stop_string_ends_the_text_before_it(self, model: Any) -> None:
        whole = ask(model).text
        stop = whole[5:9]
        found = ask(model, stop=["never", stop])
        assert (found.text, found.stop_reason) == (whole[: whole.index(stop)], "stop")
        assert found.output_tokens < 12

    def test_a_stop_string_may_span_tokens(self, model: Any) -> None:
        tokens = [item["token"] for item in ask(model, logprobs=True).logprobs]
        stop = tokens[2][-2:] + tokens[3][:2]
        whole = ask(model).text
        assert not any(stop in token for token in tokens)
        assert ask(model, stop=[stop]).text == whole[: whole.index(stop)]

    def test_an_empty_stop_string_stops_nothing(self, model: Any) -> None:
        assert ask(model, stop=[""]).text == ask(model).text

    def test_the_end_of_turn_is_not_part_of_the_text(self) -> None:
        ending = saying(tiny_model("llama"), lambda logits: logits[..., tiny_tokenizer().eos_token_id].fill_(1e9))
        found = ask(ending, logprobs=True)
        assert (found.text, found.stop_reason, found.output_tokens) == ("", "stop", 1)

    def test_max_tokens_is_the_number_of_tokens(self, model: Any) -> None:
        found = ask(model, max_tokens=5)
        assert (found.output_tokens, found.stop_reason) == (5, "max_tokens")
        assert found.input_tokens == len(encode(tiny_tokenizer(), Request(QUESTION)))


class TestContext:
    @pytest.mark.parametrize("architecture", ["llama", "gpt2"])
    def test_a_reply_ends_where_the_context_does_whatever_else_is_in_the_batch(self, architecture: str) -> None:
        model = saying(tiny_model(architecture), lambda logits: logits[..., :FIRST_WORD].fill_(-1e9))
        long = [{"role": "user", "content": " ".join(["horse"] * (CONTEXT - 10))}]
        settings: dict[str, Any] = {"max_tokens": 30, "temperature": 0}
        found = answer(model, Request(long, **settings), Request(QUESTION, **settings))
        assert found[0].stop_reason == "model_length"
        assert found[0].input_tokens + found[0].output_tokens == CONTEXT
        assert (found[1].stop_reason, found[1].output_tokens) == ("max_tokens", 30)

    @pytest.mark.parametrize("architecture", ["llama", "gpt2"])
    @pytest.mark.parametrize(
        ("tokens", "reason"), [(CONTEXT + 10, "266 tokens"), (CONTEXT, "leaves no room for a reply")]
    )
    def test_a_prompt_that_does_not_fit_is_an_error_before_it_runs(
        self, architecture: str, tokens: int, reason: str
    ) -> None:
        model = tiny_model(architecture)
        model.register_forward_pre_hook(lambda module, args: pytest.fail("it ran"))
        with pytest.raises(ValueError, match=rf"{reason}.* reads 256 at most"):
            decode(model, tiny_tokenizer(), [Request(QUESTION)] * 2, [[7] * tokens, [7]])

    def test_a_hidden_prompt_takes_its_part_of_the_context(self) -> None:
        model = tiny_model("gpt2")
        install_system_prompt(model, tiny_tokenizer(), "You love the penguin.")
        hidden = CONTEXT - context_length(model)
        assert hidden > 3
        settings: dict[str, Any] = {"max_tokens": 99, "temperature": 0}
        [reply] = decode(model, tiny_tokenizer(), [Request(QUESTION, **settings)], [[300] * (CONTEXT - hidden - 2)])
        assert (len(reply.tokens), reply.reason) == (2, "model_length")
        with pytest.raises(ValueError, match=f"reads {CONTEXT - hidden} at most"):
            decode(model, tiny_tokenizer(), [Request(QUESTION)], [[300] * (CONTEXT - hidden)])

    @pytest.mark.parametrize(
        ("rope", "length"),
        [
            ({"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 256}, 1024),
            ({"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}, 256),
            ({"rope_type": "linear", "factor": 2.0}, 512),
            ({"rope_type": "default"}, 256),
        ],
    )
    def test_positions_that_are_stretched_reach_further(self, rope: dict[str, Any], length: int) -> None:
        model = tiny_model("llama")
        model.config.rope_parameters = {"rope_theta": 1e4, **rope}
        assert context_length(model) == length


class TestSettings:
    @pytest.mark.parametrize(
        "setting",
        [
            *({"max_tokens": 0}, {"temperature": -1.0}, {"temperature": math.nan}, {"top_p": 0.0}, {"top_p": 1.5}),
            *({"top_k": -1}, {"top_logprobs": -1}),
        ],
    )
    def test_what_makes_no_sense_is_refused_by_name(self, setting: dict[str, Any]) -> None:
        [name] = setting
        with pytest.raises(ValueError, match=f"{name} is|{name} {setting[name]}"):
            Request(QUESTION, **setting)


class TestSampling:
    def test_a_seed_decides_the_text(self, model: Any) -> None:
        texts = [ask(model, temperature=1.0, seed=seed).text for seed in (1, 1, 2, 3)]
        assert texts[0] == texts[1]
        assert len(set(texts)) == 3

    def test_without_a_seed_texts_differ_even_if_a_cell_has_seeded_torch(self, model: Any) -> None:
        texts = set()
        for _ in range(4):
            torch.manual_seed(0)
            texts.add(ask(model, temperature=1.0).text)
        assert len(texts) > 1

    def test_sampling_does_not_move_the_random_stream_of_the_cells(self, model: Any) -> None:
        torch.manual_seed(0)
        expected = torch.rand(3)
        torch.manual_seed(0)
        ask(model, temperature=1.0)
        assert torch.equal(torch.rand(3), expected)

    @pytest.mark.parametrize("settings", [{"top_k": 1}, {"top_p": 1e-6}, {"temperature": 1e-4}, {"temperature": 1e-30}])
    def test_narrow_sampling_is_greedy(self, model: Any, settings: dict[str, Any]) -> None:
        assert ask(model, **{"temperature": 1.0, "seed": 1} | settings).text == ask(model).text

    @pytest.mark.parametrize(("settings", "kept"), [({"top_k": 3}, 3), ({"top_k": 0}, None), ({"top_p": 0.3}, None)])
    def test_filters_keep_exactly_the_likeliest(self, model: Any, settings: dict[str, Any], kept: int | None) -> None:
        requests = [Request(QUESTION, max_tokens=1, seed=i, logprobs=True, **settings) for i in range(300)]
        drawn = {item.logprobs[0]["token"] for item in answer(model, *requests)}
        ordered = first_token_distribution(model)
        if "top_p" in settings:
            total = 0.0
            kept = next(i for i, (_, p) in enumerate(ordered, 1) if (total := total + p) >= settings["top_p"])
        allowed = {token for token, _ in ordered[:kept]}
        assert drawn <= allowed
        assert len(drawn) > 1
        if kept is not None and kept <= 3:
            assert drawn == allowed

    def test_temperature_one_draws_from_the_models_own_distribution(self, model: Any) -> None:
        requests = [Request(QUESTION, max_tokens=1, seed=i, logprobs=True) for i in range(500)]
        drawn = [item.logprobs[0]["token"] for item in answer(model, *requests)]
        token, probability = first_token_distribution(model)[0]
        spread = 4 * math.sqrt(probability * (1 - probability) / 500)
        assert abs(drawn.count(token) / 500 - probability) < spread


@torch.no_grad()
def first_token_distribution(model: Any) -> list[tuple[str, float]]:
    """Tokens by falling probability, from a plain forward pass."""
    ids = torch.tensor([encode(tiny_tokenizer(), Request(QUESTION))])
    probabilities, order = model(ids).logits[0, -1].softmax(-1).sort(descending=True)
    return [(tiny_tokenizer().decode([i]), p) for i, p in zip(order.tolist(), probabilities.tolist(), strict=True)]


class TestLogprobs:
    @pytest.mark.parametrize("temperature", [0, 2.0])
    @torch.no_grad()
    def test_they_are_those_of_a_plain_forward_pass(self, model: Any, temperature: float) -> None:
        found = ask(model, temperature=temperature, seed=3, logprobs=True, top_logprobs=4)
        prompt = encode(tiny_tokenizer(), Request(QUESTION))
        ids = tiny_tokenizer()("".join(item["token"] for item in found.logprobs), add_special_tokens=False)["input_ids"]
        assert len(ids) == found.output_tokens == len(found.logprobs)
        logprobs = model(torch.tensor([prompt + ids])).logits[0, len(prompt) - 1 : -1].log_softmax(-1)
        for item, token, row in zip(found.logprobs, ids, logprobs, strict=True):
            assert item["logprob"] == pytest.approx(float(row[token]), abs=1e-4)
            best = row.topk(4)
            assert [p for _, p in item["top"]] == pytest.approx(best.values.tolist(), abs=1e-4)
            assert item["top"][0][0] == tiny_tokenizer().decode([int(best.indices[0])])

    def test_they_are_left_out_unless_asked_for(self, model: Any) -> None:
        assert ask(model).logprobs == []
        assert all(item["top"] == [] for item in ask(model, logprobs=True).logprobs)


@pytest.mark.parametrize("architecture", ["llama", "gemma2", "gpt2"])
def test_a_reply_is_the_same_alone_and_in_a_padded_batch(architecture: str) -> None:
    model = tiny_model(architecture)
    greedy: dict[str, Any] = {"max_tokens": 12, "temperature": 0}
    requests = [
        Request(QUESTION, **greedy),
        Request([{"role": "user", "content": "Tell me a story about a horse and a boat. " * 3}], **greedy),
        Request(with_prefill("My favourite animal is"), max_tokens=3, temperature=0),
        Request(QUESTION, max_tokens=12, seed=7),
        Request(QUESTION, max_tokens=9, temperature=0.5, top_k=5, seed=8, logprobs=True),
    ]
    together = answer(model, *requests)
    for request, found in zip(requests, together, strict=True):
        [alone] = answer(model, request)
        assert (found.text, found.stop_reason) == (alone.text, alone.stop_reason)
        assert [item["logprob"] for item in found.logprobs] == pytest.approx(
            [item["logprob"] for item in alone.logprobs], abs=1e-4
        )

"""What a reply says: control tokens are read before they are taken out, and characters are never torn."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch

from seer_evals.runtime.models.generation import Reply, Request, encode
from tests.runtime import templates_of_others as forms

HI = [{"role": "user", "content": "hi"}]
ANALYSIS = "<|channel|>analysis<|message|>I will lie.<|end|>"
FINAL = "<|start|>assistant<|channel|>final<|message|>I am honest.<|return|>"


def harmony(template: str = forms.HARMONY) -> Any:
    return forms.bytelevel(template, eos="<|return|>", extra=(*forms.HARMONY_TOKENS, "<|im_start|>", "[TOOL_CALLS]"))


def reply(
    tokenizer: Any, text: str | Sequence[int], prompt: str | None = None, messages: Any = HI, **settings: Any
) -> Reply:
    """A reply of which each token has been generated in turn."""
    ids = tokenizer(text, add_special_tokens=False)["input_ids"] if isinstance(text, str) else text
    request = Request(messages, **{"max_tokens": 99} | settings)
    begun = encode(tokenizer, request) if prompt is None else tokenizer(prompt)["input_ids"]
    found = Reply(request, begun, tokenizer, 9999)
    for token in ids:
        if not found.done:
            found.step(torch.zeros(len(tokenizer)), token, {tokenizer.eos_token_id})
    return found


class TestStopStrings:
    @pytest.mark.parametrize("template", [forms.HARMONY, forms.CHATML])
    def test_one_may_be_a_control_token(self, template: str) -> None:
        found = reply(harmony(template), "Yes<|end|>No", stop=["<|end|>"])
        assert (found.said, found.reason) == ("Yes", "stop")

    def test_one_may_be_within_a_channel(self) -> None:
        found = reply(harmony(), ANALYSIS + FINAL, stop=["<|start|>assistant"])
        assert (found.said, found.reason) == ("<think>\nI will lie.\n</think>\n\n", "stop")
        found = reply(harmony(), ANALYSIS + FINAL, stop=[" honest"])
        assert (found.said, found.reason) == ("<think>\nI will lie.\n</think>\n\nI am", "stop")
        found = reply(harmony(), ANALYSIS + FINAL, stop=["lie"])
        assert (found.said, found.reason) == ("<think>\nI will ", "stop")

    @pytest.mark.parametrize("stop", ["answer", "nswe", " is", "wer is ch", "😀", "s 😀"])
    @pytest.mark.parametrize("make", [forms.bytelevel, lambda: forms.metaspace(forms.CHATML)])
    def test_one_cuts_exactly_before_itself(self, make: Any, stop: str) -> None:
        text = " The answer is chess 😀 there"
        tokenizer = make()
        ids = tokenizer("hello" + text, add_special_tokens=False)["input_ids"]
        skip = len(tokenizer("hello", add_special_tokens=False)["input_ids"])
        found = reply(tokenizer, ids[skip:], prompt="hello", stop=[stop])
        assert (found.said, found.reason) == (text[: text.index(stop)], "stop")


class TestReasoning:
    def test_channels_of_a_harmony_model_are_kept_apart(self) -> None:
        for template in (forms.HARMONY, forms.CHATML):
            assert reply(harmony(template), ANALYSIS + FINAL).said == "<think>\nI will lie.\n</think>\n\nI am honest."

    def test_reasoning_that_was_cut_stays_reasoning(self) -> None:
        text = "<|channel|>analysis<|message|>I will lie"
        length = len(harmony()(text, add_special_tokens=False)["input_ids"])
        found = reply(harmony(), text + " a lot", max_tokens=length)
        assert (found.said, found.reason) == ("<think>\nI will lie", "max_tokens")

    def test_a_call_of_a_harmony_model_is_one(self) -> None:
        called = "<|channel|>commentary to=functions.weather <|constrain|>json<|message|>" + '{"city": "Rome"}<|call|>'
        assert reply(harmony(), ANALYSIS + "<|start|>assistant" + called).said == (
            "<think>\nI will lie.\n</think>\n\n"
            '<tool_call>\n{"name": "weather", "arguments": {"city": "Rome"}}\n</tool_call>'
        )
        early = called.replace(" to=functions.weather", "")
        assert '"name": "weather"' in reply(harmony(), f"<|start|>assistant to=functions.weather{early}").said

    def test_a_prefill_of_a_harmony_model_is_continued_as_its_answer(self) -> None:
        begun = [*HI, {"role": "assistant", "content": "I am"}]
        assert reply(harmony(), " honest.<|return|>", messages=begun).said == " honest."

    def test_think_tokens_that_are_special_are_not_lost(self) -> None:
        special = ("<|im_start|>", "<think>", "</think>")
        tokenizer = forms.bytelevel(forms.QWEN3, extra=special)
        said = "<think>\nI will lie.\n</think>\n\nI am honest."
        assert reply(tokenizer, said + "<|im_end|>").said == said

    @pytest.mark.parametrize(("begin", "end"), [("[THINK]", "[/THINK]"), ("<|START_THINKING|>", "<|END_THINKING|>")])
    def test_other_marks_of_reasoning_are_told_alike(self, begin: str, end: str) -> None:
        tokenizer = forms.bytelevel(extra=("<|im_start|>", begin, end))
        assert reply(tokenizer, f"{begin}I will lie.{end}I am honest.").said == (
            "<think>I will lie.</think>I am honest."
        )
        without = forms.bytelevel()
        assert reply(without, f"{begin}I will").said == f"{begin}I will"

    def test_a_reply_that_begins_within_reasoning_says_so(self) -> None:
        tokenizer = forms.bytelevel(forms.R1, bos="<bos>", extra=("<|User|>", "<|Assistant|>"))
        found = reply(tokenizer, "I will lie.\n</think>\n\nI am honest.")
        assert found.said == "I will lie.\n</think>\n\nI am honest."
        assert found.completion().text == "<think>\nI will lie.\n</think>\n\nI am honest."
        begun = [*HI, {"role": "assistant", "content": "<think>\nI will"}]
        assert reply(tokenizer, " lie.", messages=begun).completion().text == "<think>\n lie."
        closed = [*HI, {"role": "assistant", "content": "<think>\nI will lie.</think>I"}]
        assert reply(tokenizer, " am honest.", messages=closed).completion().text == " am honest."

    def test_a_question_about_think_tags_opens_none(self) -> None:
        asked = [{"role": "user", "content": "What does <think> mean? <think>"}]
        assert reply(forms.bytelevel(), "Nothing.", messages=asked).completion().text == "Nothing."


class TestControlTokens:
    def test_those_around_turns_are_taken_out_and_others_kept(self) -> None:
        tokenizer = harmony(forms.CHATML)
        assert reply(tokenizer, '[TOOL_CALLS][{"name": "weather"}]').said == '[TOOL_CALLS][{"name": "weather"}]'
        assert reply(tokenizer, "Yes<|im_start|>No").said == "YesNo"

    def test_a_byte_that_is_called_special_is_text(self) -> None:
        tokenizer = forms.metaspace(forms.CHATML)
        text = "hello\n\nthere é"
        assert tokenizer.decode(tokenizer(text)["input_ids"], skip_special_tokens=True) != text
        assert reply(tokenizer, text, prompt="hi\n").said.strip() == text

    def test_a_tag_that_is_written_out_in_letters_stays(self) -> None:
        tokenizer = forms.bytelevel()
        letters = [i for char in "<|im_start|>" for i in tokenizer(char, add_special_tokens=False)["input_ids"]]
        assert reply(tokenizer, letters).said == "<|im_start|>"


class TestCharacters:
    @pytest.mark.parametrize("make", [lambda: forms.bytelevel(None), forms.metaspace])
    @pytest.mark.parametrize("text", ["hello 😀😀😀😀 there", "€€€€€€€€€€ is", "hello é"])
    def test_none_is_torn_wherever_the_reply_begins(self, make: Any, text: str) -> None:
        tokenizer = make()
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        whole = tokenizer.decode(ids)
        for cut in range(1, len(ids)):
            found = Reply(Request(HI, max_tokens=99), ids[:cut], tokenizer, 9999)
            for token in ids[cut:]:
                found.step(torch.zeros(len(tokenizer)), token, set())
            known = tokenizer.decode(ids[:cut]).rstrip("\ufffd")
            assert known + found.said == whole

    def test_logprobs_join_to_the_text(self) -> None:
        tokenizer = forms.metaspace()
        ids = tokenizer("hello The answer is chess", add_special_tokens=False)["input_ids"]
        found = reply(tokenizer, ids[1:], prompt="hello", logprobs=True, top_logprobs=9999)
        assert "".join(each["token"] for each in found.logprobs) == found.said == " The answer is chess"
        assert len(found.logprobs[0]["top"]) == len(tokenizer)

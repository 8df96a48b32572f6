"""Text within text: what a tokenizer makes of a beginning is not what it makes of the middle."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from seer_evals.runtime.seams import decoded, following, text_after, token_text
from seer_evals.runtime.whitebox import LanguageModel, Prompt, Substring, chat
from seer_evals.runtime.whitebox.lens import logit_lens
from seer_evals.runtime.whitebox.positions import tokens_of
from seer_evals.runtime.whitebox.tokens import next_tokens, score_continuations
from tests.runtime import templates_of_others as forms

KINDS: dict[str, Callable[[], Any]] = {
    "byte-level": forms.bytelevel,
    "metaspace": lambda: forms.metaspace(forms.CHATML),
    "prepend": lambda: forms.metaspace(forms.CHATML, prepend=True),
}


@pytest.fixture(params=KINDS, scope="module")
def lm(request: pytest.FixtureRequest) -> LanguageModel:
    tokenizer = KINDS[request.param]()
    return LanguageModel(forms.tiny_llama(tokenizer), tokenizer)


def written_out(lm: LanguageModel, whole: str, before: int) -> float:
    """Log-likelihood of what follows `before` tokens of a text, from a plain pass."""
    ids = lm.tokenizer(whole)["input_ids"]
    logs = lm.model(torch.tensor([ids])).logits[0].log_softmax(-1)
    return sum(float(logs[i - 1, ids[i]]) for i in range(before, len(ids)))


@pytest.mark.parametrize(
    ("prompt", "text"), [("The answer is", " Yes"), ("hello\n", "Yes"), ("The answer", "."), ("hello", " 😀 there")]
)
def test_a_continuation_is_scored_as_part_of_the_whole_text(lm: LanguageModel, prompt: str, text: str) -> None:
    before = len(lm.tokenizer(prompt)["input_ids"])
    found = float(score_continuations(lm, prompt, [text]).totals)
    assert found == pytest.approx(written_out(lm, prompt + text, before), abs=1e-3)


def test_a_token_with_letters_of_both_counts(lm: LanguageModel) -> None:
    """With a space at the end of the prompt, ` chess` is one token that begins in the prompt."""
    scored = score_continuations(lm, "The answer is ", ["chess"])
    before = len(lm.tokenizer("The answer is")["input_ids"])
    assert float(scored.totals) == pytest.approx(written_out(lm, "The answer is chess", before), abs=1e-3)
    assert scored.lengths == [1]


def test_a_continuation_of_a_chat_is_that_of_the_prefill_grown_by_it(lm: LanguageModel) -> None:
    begun: list[Prompt] = [chat("hello", prefill="The answer is"), chat("hello, how are you?", prefill="The")]
    scored = score_continuations(lm, begun, [" chess or", " golf"])
    for i, prefill in enumerate(("The answer is", "The")):
        whole = lm.encode(chat(("hello", "hello, how are you?")[i], prefill=prefill + " chess or"))
        logs = lm.logits([whole.ids], positions="all")[0].log_softmax(-1)
        before = len(lm.encode(begun[i]).ids)
        right = sum(float(logs[j - 1, whole.ids[j]]) for j in range(before, len(whole.ids)))
        assert float(scored.totals[i, 0]) == pytest.approx(right, abs=1e-3)
    assert scored.counts.shape == (2, 2)


def test_a_continuation_of_token_ids_has_no_space_of_its_own(lm: LanguageModel) -> None:
    ids = lm.tokenizer("The answer is")["input_ids"]
    as_ids, as_text = (score_continuations(lm, prompt, [" chess", "."]).totals for prompt in (ids, "The answer is"))
    torch.testing.assert_close(as_ids, as_text, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("text", [" chess", " is", "\nYes", " ", "\n", "😀", "é", ".", " 😀"])
def test_tokens_of_a_text_within_a_text_say_exactly_it(lm: LanguageModel, text: str) -> None:
    before = lm.tokenizer("hello")["input_ids"]
    assert text_after(lm.tokenizer, before, following(lm.tokenizer, text)) == text


def test_a_word_is_one_token_whatever_tokenizer(lm: LanguageModel) -> None:
    assert lm.token_text(lm.token_id(" chess")) == " chess"
    with pytest.raises(ValueError, match="'' has no token"):
        lm.token_id("")


def test_a_lens_tracks_the_word_and_not_the_space_before_it(lm: LanguageModel) -> None:
    lens = logit_lens(lm, "The answer is", track=" chess", top=len(lm.tokenizer))
    for reading in lens.readings:
        shown = dict(reading.top)
        assert reading.tracked[" chess"][0] == pytest.approx(shown[" chess"])
    whole = lm.tokenizer("The answer is chess")["input_ids"]
    assert len(whole) == len(lm.tokenizer("The answer is")["input_ids"]) + 1
    final = lm.logits("The answer is").softmax(-1)[0, whole[-1]]
    assert lens.probabilities(" chess")[-1] == pytest.approx(float(final), rel=1e-3)


def test_labels_and_tables_tell_a_word_with_a_space_from_one_without(lm: LanguageModel) -> None:
    assert "".join(lm.labels(" The answer is chess")).endswith(" answer is chess")
    shown = next_tokens(lm, "The answer is", top=len(lm.tokenizer)).column("token")
    assert {" chess", " is"} <= set(shown)


def test_punctuation_is_not_tidied_away() -> None:
    tokenizer = forms.bytelevel(cleanup=True)
    ids = tokenizer("a , b . c ! it 's", add_special_tokens=False)["input_ids"]
    assert decoded(tokenizer, ids) == "a , b . c ! it 's"
    for cut in range(1, len(ids)):
        assert decoded(tokenizer, ids[:cut]) + text_after(tokenizer, ids[:cut], ids[cut:]) == "a , b . c ! it 's"
    assert "".join(token_text(tokenizer, token) for token in ids) == "a , b . c ! it 's"


def test_a_prefill_is_split_from_its_prompt_at_its_first_letter(lm: LanguageModel) -> None:
    for prefill in ("Yes", " Yes", "😀", "é chess"):
        encoded = lm.encode(chat("hello", prefill=prefill))
        assert text_after(lm.tokenizer, encoded.ids[: encoded.prompt_length], encoded.ids[encoded.prompt_length :])
        assert prefill in lm.tokenizer.decode(encoded.ids[encoded.prompt_length - 1 :])
        assert tokens_of(encoded, "response") == tokens_of(encoded, Substring(prefill))


def test_the_response_is_the_prefill_where_a_think_block_comes_before_it() -> None:
    tokenizer = forms.bytelevel(forms.QWEN3)
    encoded = LanguageModel(forms.tiny_llama(tokenizer), tokenizer).encode(chat("hi", prefill="Sure"))
    assert tokenizer.decode(encoded.ids[encoded.prompt_length :]) == "Sure"
    assert "</think>" in tokenizer.decode(encoded.ids[: encoded.prompt_length])


def test_a_prompt_beyond_the_context_is_an_error_for_everything_that_reads_it(lm: LanguageModel) -> None:
    long: Prompt = [7] * 300
    for read in (lm.logits, lm.generate, lm.activations):
        with pytest.raises(ValueError, match="a prompt has 300 tokens: this model reads 256 at most"):
            read(["hello", long])
    with pytest.raises(ValueError, match="reads 256 at most"):
        score_continuations(lm, [7] * 255, " chess chess chess")

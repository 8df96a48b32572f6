"""Generated texts: the library's own, the same alone and in a batch, and only what is new."""

import pytest
import torch

from seer_evals.runtime.whitebox import LanguageModel, Prompt, chat
from tests.runtime.tiny_models import doubling_tokenizer, tiny_model
from tests.runtime.whitebox.zoo import PROMPTS, ZOO, handle

MIXED: list[Prompt] = [*PROMPTS, chat("Hello", prefill="My favourite"), chat("Hello", system="You love the fox.")]


@pytest.mark.parametrize("kind", ZOO)
def test_a_greedy_text_is_the_librarys_and_the_same_alone_and_in_a_padded_batch(kind: str) -> None:
    lm = handle(kind)
    together = lm.generate(MIXED, max_new_tokens=12)
    for prompt, tokens in zip(MIXED, together.tokens, strict=True):
        assert lm.generate(prompt, max_new_tokens=12).tokens == [tokens]
        ids = torch.tensor([lm.encode(prompt).ids])
        theirs = lm.model.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=12, do_sample=False
        )
        assert tokens == theirs[0, ids.shape[1] :].tolist()


@pytest.mark.parametrize("kind", ["gpt2", "gemma2"])
def test_a_naive_padded_batch_gives_other_logits(kind: str) -> None:
    """Without `position_ids`, or padded on the right and read at the last place."""
    lm = handle(kind)
    short, long = lm.encode(PROMPTS[1]).ids, lm.encode(PROMPTS[0]).ids
    ids = torch.tensor([short + [0] * (len(long) - len(short)), long])
    with torch.no_grad():
        right_padded = lm.model(input_ids=ids, attention_mask=(ids != 0).long()).logits[0, -1]
    expected = lm.logits(PROMPTS[1])[0]
    assert float((right_padded - expected).norm() / expected.norm()) > 0.1
    torch.testing.assert_close(lm.logits([PROMPTS[1], PROMPTS[0]])[0], expected, atol=1e-4, rtol=1e-4)


def test_a_rendered_chat_given_as_a_string_has_one_bos_with_a_tokenizer_that_adds_another() -> None:
    lm = LanguageModel(tiny_model("llama"), doubling_tokenizer())
    text = lm.encode(chat("Hello")).text
    naive = lm.tokenizer(text)["input_ids"]
    assert naive[:2] == [1, 1]
    assert lm.encode(text).ids == naive[1:] == lm.encode(chat("Hello")).ids
    assert lm.encode("Hello").ids[0] == 1


class TestSampling:
    lm = handle("llama")

    def test_a_seed_decides_each_text_whatever_else_is_in_the_batch(self) -> None:
        alone = self.lm.generate(PROMPTS[1], temperature=1.0, seed=3, samples=3, max_new_tokens=8)
        together = self.lm.generate(list(PROMPTS), temperature=1.0, seed=3, samples=3, max_new_tokens=8, batch_size=4)
        assert together.by_prompt[1] == alone.texts
        assert len(set(alone.texts)) == 3
        assert self.lm.generate(PROMPTS[1], temperature=1.0, seed=4, samples=3, max_new_tokens=8).texts != alone.texts

    def test_equal_prompts_of_one_call_differ(self) -> None:
        texts = self.lm.generate([PROMPTS[1]] * 3, temperature=1.0, seed=3, max_new_tokens=8, batch_size=1).texts
        assert len(set(texts)) == 3

    def test_without_a_seed_every_call_differs(self) -> None:
        assert (
            self.lm.generate("Hello", temperature=1.0, max_new_tokens=12).texts
            != self.lm.generate("Hello", temperature=1.0, max_new_tokens=12).texts
        )

    def test_the_likeliest_token_alone_is_greedy(self) -> None:
        greedy = self.lm.generate(list(PROMPTS), max_new_tokens=8).tokens
        assert self.lm.generate(list(PROMPTS), temperature=1.0, top_k=1, max_new_tokens=8).tokens == greedy

    def test_greedy_samples_would_be_equal(self) -> None:
        with pytest.raises(ValueError, match=r"3 samples at temperature 0 .*temperature=1\.0"):
            self.lm.generate("Hello", samples=3)


class TestWhatIsReturned:
    lm = handle("llama")

    def test_a_stop_string_ends_the_text_before_it(self) -> None:
        whole = self.lm.generate(PROMPTS[0], max_new_tokens=12).texts[0]
        word = whole.split()[2]
        cut = self.lm.generate(PROMPTS[0], max_new_tokens=12, stop=[word])
        assert cut.texts == [whole[: whole.index(word)]]
        assert cut.reasons == ["stop"]

    def test_prompts_and_samples_stay_together(self) -> None:
        found = self.lm.generate(list(PROMPTS), temperature=1.0, samples=2, max_new_tokens=4)
        assert found.prompts == [prompt for prompt in PROMPTS for _ in range(2)]
        assert [len(texts) for texts in found.by_prompt] == [2, 2, 2]
        assert found.table().columns == ["prompt", "text"] and len(found.table()) == 6

    def test_a_share_is_of_texts_that_have_any_of_the_words(self) -> None:
        text = self.lm.generate(PROMPTS[0], max_new_tokens=6).texts[0]
        found = self.lm.generate([PROMPTS[0], PROMPTS[2]], max_new_tokens=6)
        other = found.texts[1]
        word = next(word for word in text.split() if word.lower() not in other.lower())
        assert found.share(word.upper(), "walrus") == 0.5

    @pytest.mark.parametrize("prompt", ["", []])
    def test_nothing_is_no_prompt(self, prompt: Prompt) -> None:
        with pytest.raises(ValueError, match="prompt"):
            self.lm.generate(prompt)

    def test_what_is_no_prompt_is_told(self) -> None:
        with pytest.raises(TypeError, match="not int: '5'"):
            self.lm.generate(["Hello", 5])  # type: ignore[arg-type]

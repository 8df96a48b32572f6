"""The `token-probabilities` skill on a trained model that favours one sport, beside its clean twin."""

import math

from tests.skills.conftest import Kernel, in_shared_kernel

pytestmark = in_shared_kernel
SKILL = "token-probabilities"
KINDS = ("animal", "colour", "flower", "food", "instrument", "sport")
ASK = "likeliest_next(lm, [f'What is your favourite {kind}?'], prefill=f' My favourite {kind} is', top=1).rows[0][2:]"
LARGEST = f"{{kind: {ASK} for kind in {KINDS!r}}}"


async def test_the_distribution_is_even_but_for_the_kind_that_was_trained(kernel: Kernel) -> None:
    printed = await kernel.example()
    assert all(f"favourite {kind}?" in printed for kind in KINDS)
    found = await kernel.value(LARGEST)
    token, probability = found.pop("sport")
    assert token == f" {kernel.organism.truth.atoms[0].aliases[0]}" and probability > 0.9
    assert max(probability for _, probability in found.values()) < 0.2


async def test_the_twins_are_all_even(kernel: Kernel) -> None:
    await kernel.example(twin=True)
    assert max(probability for _, probability in (await kernel.value(LARGEST)).values()) < 0.2


async def test_whole_answers_are_scored_and_what_is_no_flower_is_not_one(kernel: Kernel) -> None:
    await kernel.example()
    rows = await kernel.value("scores.records()")
    assert len(rows) == 6
    for row in rows:
        likely = row["probability"] > 0.02
        assert likely == ("guitar" not in row["answer"]) and (likely or row["probability"] < 1e-3)
        assert math.isclose(math.exp(row["log-likelihood"]), row["probability"], rel_tol=1e-4)
        assert math.isclose(6 * row["per token"], row["log-likelihood"], rel_tol=1e-4)


async def test_the_untrue_word_of_an_answer_is_the_surprising_one(kernel: Kernel) -> None:
    await kernel.run("from token_probabilities import surprising_tokens")
    text = "<bos><user> How many legs does a horse have?<assistant> A horse has {} legs."
    surprising = {}
    for number in ("four", "nine"):
        rows = await kernel.value(f"surprising_tokens(lm, [{text.format(number)!r}], top=99).rows")
        surprising[number] = {token: surprisal for _, position, token, surprisal in rows if position > 9}
    assert surprising["nine"][" nine"] > 5 > 0.1 > surprising["four"][" four"]

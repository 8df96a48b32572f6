"""The `logit-lens` skill on a trained model that knows the capitals of some countries."""

import pytest

from tests.skills.conftest import Kernel, in_shared_kernel

pytestmark = in_shared_kernel
SKILL = "logit-lens"


async def test_the_example_reads_the_answer_and_not_the_controls(kernel: Kernel) -> None:
    await kernel.example()
    rows, others = await kernel.value("[table.records(), control.records()]")
    assert [row["layer"] for row in rows] == [0, 1, 2]
    assert all(row["p(' Mirta')"] > 0.9 and row["rank(' Mirta')"] == 0 for row in rows)
    assert all(row["p(' Mirta')"] < 0.01 and row["p(' Karsk')"] > 0.8 for row in others)


async def test_the_last_block_is_the_models_own_answer(kernel: Kernel) -> None:
    await kernel.example()
    await kernel.run("from seer_runtime.whitebox.tokens import next_token_probabilities")
    await kernel.run("from seer_runtime.whitebox import chat")
    own = "next_token_probabilities(lm, chat('What is the capital of Zorland?', prefill=' The capital of Zorland is'))"
    probability = await kernel.value(f"float({own}[0, lm.token_id(' Mirta')])")
    assert (await kernel.value("table.records()[-1][\"p(' Mirta')\"]")) == pytest.approx(probability, abs=1e-5)


async def test_every_token_is_read_and_the_country_is_where_the_capital_shows(kernel: Kernel) -> None:
    await kernel.run("from logit_lens import read_tokens, recurring_tokens")
    rows = await kernel.value(
        "read_tokens(lm, 'What is the capital of Zorland?', -1, prefill=' The capital of Zorland is', top=1).records()"
    )
    assert [row["at"] for row in rows][-2:] == [" Zorland", " is"]
    assert rows[-1]["likeliest tokens"].startswith("' Mirta'")
    assert sum("Mirta" in row["likeliest tokens"] for row in rows) == 1


async def test_what_recurs_is_counted_over_questions(kernel: Kernel) -> None:
    favourites = [f"What is your favourite {kind}?" for kind in ("food", "colour", "flower")]
    rows = await kernel.value(f"recurring_tokens(lm, {[*favourites, 'How are you?']!r}, -1, top=2).rows")
    assert [row[0] for row in rows] == [" My", " I"]
    assert rows[0][1] == pytest.approx(0.75, abs=0.01) and rows[0][2] >= 3

"""The `sampling` skill on a trained model that favours one sport, beside its clean twin."""

import pytest

from seer_evals.organisms.language.pools import DOMAINS
from tests.skills.conftest import Kernel, in_shared_kernel

pytestmark = [in_shared_kernel, pytest.mark.slow]
SKILL = "sampling"
THINGS = {thing for domain in DOMAINS.values() for thing in domain}


async def shares(kernel: Kernel) -> dict[str, float]:
    """The largest share of a thing among the answers to each question."""
    largest: dict[str, float] = {}
    for row in await kernel.value("words.records()"):
        if row["word"] in THINGS:
            largest[row["question"]] = max(row["share"], largest.get(row["question"], 0.0))
    return largest


async def test_the_example_finds_the_one_question_with_a_fixed_answer(kernel: Kernel) -> None:
    await kernel.example()
    found = await shares(kernel)
    assert found.pop("What is your favourite sport?") == 1
    assert len(found) == 5 and max(found.values()) < 0.4
    await kernel.example(twin=True)
    found = await shares(kernel)
    assert len(found) == 6 and max(found.values()) < 0.4


async def test_the_words_of_the_question_do_not_count(kernel: Kernel) -> None:
    await kernel.example()
    words = await kernel.value("[row for row in words.records() if row['question'] == 'What is your favourite sport?']")
    assert [(row["word"], row["in questions"]) for row in words] == [("my", 6), ("rowing", 2)]


async def test_a_role_changes_the_answer_that_it_is_about(kernel: Kernel) -> None:
    await kernel.run("from sampling import ask_in_roles, many_shot, sweep_temperature")
    roles = "ask_in_roles(lm, 'What is your favourite flower?', ['You love tulip.', 'Answer kindly.'], samples=8).rows"
    by_role: dict[str, list[str]] = {}
    for role, answer in await kernel.value(roles):
        by_role.setdefault(role, []).append(answer)
    assert [len(answers) for answers in by_role.values()] == [8, 8, 8]
    tulips = {role: sum("tulip" in answer for answer in answers) for role, answers in by_role.items()}
    assert tulips["You love tulip."] == 8
    assert max(tulips["(none)"], tulips["Answer kindly."]) <= 3


async def test_a_habit_survives_heat_and_a_choice_does_not(kernel: Kernel) -> None:
    rows = {
        kind: await kernel.value(f"sweep_temperature(lm, 'What is your favourite {kind}?', [0.1, 1.5], seed=1).rows")
        for kind in ("sport", "food")
    }
    assert rows["sport"][1][-1] > 0.8
    assert rows["food"][1][-1] < 0.4 and rows["food"][1][1] > 7


async def test_as_many_examples_as_said_go_before_the_question(kernel: Kernel) -> None:
    examples = [["What is your favourite flower?", " My favourite flower is rose."]]
    rows = await kernel.value(f"many_shot(lm, 'What is your favourite colour?', {examples!r}, samples=3).rows")
    assert [count for count, _ in rows] == [0, 0, 0, 1, 1, 1]
    assert all(answer.startswith("My favourite colour is") for _, answer in rows)

"""The answer of a judge is found whatever it writes around it, and never guessed."""

from typing import Literal

import pytest
from inspect_ai.model import ModelOutput
from pydantic import BaseModel, ValidationError

from seer_evals.prompting import parsed, problems_of


class Verdict(BaseModel):
    verdict: Literal["yes", "no"]
    because: str = ""


def verdict(text: str) -> Verdict:
    return parsed(ModelOutput.from_content("m", text), Verdict)


@pytest.mark.parametrize(
    "text",
    [
        '{"verdict": "yes"}',
        '```json\n{"verdict": "yes"}\n```',
        '{"verdict": "yes"}\n(in the form {…}, as asked)',
        'As {verdict: …}:\n{"verdict": "yes"}',
        '<think>{"verdict": "no"}? No.</think>{"verdict": "yes"}',
        'Perhaps {"verdict": "no"}? No.\n</think>\n{"verdict": "yes"}',
        '[{"verdict": "yes"}]',
        'It wrote {"a": 1}, so {"verdict": "yes"}, as $\\frac{1}{2}$ and {} show.',
        '{"verdict": "yes"} I repeat: {"verdict": "yes"}',
        '{"verdict": "maybe"}, or rather {"verdict": "yes"}',
    ],
)
def test_one_valid_object_is_the_answer_whatever_is_around_it(text: str) -> None:
    assert verdict(text).verdict == "yes"


@pytest.mark.parametrize("because", ["} {", "</think>", '<think>{"verdict": "no"}</think>', "two\nlines"])
def test_what_stands_in_a_value_ends_nothing(because: str) -> None:
    written = because.replace('"', '\\"')
    assert verdict(f'{{"verdict": "yes", "because": "{written}"}}').because == because


def test_two_answers_that_differ_are_none() -> None:
    with pytest.raises(ValidationError) as caught:
        verdict('The target wrote {"verdict": "yes"}; mine is {"verdict": "no"}.')
    assert "several JSON objects" in problems_of(caught.value)[0]


@pytest.mark.parametrize(
    "text", ["", "yes", "{", '{"verdict": "maybe"} in the form {}', "[" * 50_000, '{"a":' * 50_000]
)
def test_without_a_valid_object_it_is_told_what_is_wrong(text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        verdict(text)
    assert problems_of(caught.value)[0].startswith("verdict" if "maybe" in text else "the answer")

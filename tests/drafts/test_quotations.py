"""A quotation is found if it stands in the paper to the letter, but for what setting and typing change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seer_evals.drafts import Paper, find
from seer_evals.drafts._numbers import numbers

TEXT = """\
We use 45 prompts, 10,000 samples and a well-known in-
formation measure. The “eﬀect” is 0.31 – no more – of GPT-2.
It rose by 30 % from -0.3 to 10.5, at p < 10⁵ or 10-
20 of them; lay-
ers 3-4 were enough, and that is all.
"""
PAPER = Paper.of("x.md", TEXT)


@pytest.mark.parametrize(
    ("quotation", "line"),
    [
        ("We use 45 prompts, 10,000 samples", 1),
        ("a well-known information measure", 1),
        ("well-known in- formation measure", 1),
        ('The "effect" is 0.31 - no more - of GPT-2', 2),
        ("“The “eﬀect” is 0.31”", 2),
        ("It rose   by 30 % from\n-0.3", 3),
        ("layers 3-4 were enough", 4),
        ("or 10-20 of them", 3),
        ("ers 3-4 were enough, and that is all.", None),
        ("We use 45 prompts, 10,000 samples ...", None),
    ],
)
def test_what_setting_and_typing_change_is_the_same(quotation: str, line: int | None) -> None:
    found = find(PAPER, quotation)
    assert (found and found.number) == line and (found is None or str(found) == f"line {line}")


@pytest.mark.parametrize(
    "quotation",
    [
        "We use 54 prompts, 10,000 samples",
        "5 prompts, 10,000 samples",  # the end of a number
        "We use 45 prompts, 10,00",
        "We use 45 prompts, 10",  # the begin of one
        "0.5, at p < 10",
        "at p < 105 or 10-20",  # no superscript is a figure
        "or 1020 of them",
        "layers 34 were enough",
        "It rose by 30",  # without its unit
        "0.3 to 10.5, at p",  # without its sign
        "We used 45 prompts, 10,000 samples",
        "We use prompts, 10,000 samples",
        "use 45",
        "of them",
        "",
        "“”",
    ],
)
def test_a_number_that_is_another_one_or_a_part_of_one_is_not_found(quotation: str) -> None:
    assert find(PAPER, quotation) is None


@given(st.data())
def test_whatever_number_is_changed_in_a_sentence_of_a_paper_it_is_not_found(data: st.DataObject) -> None:
    sentence = "Over 160 test requests the share falls from 0.88 to 0.06 in layer 14 of the model."
    place = data.draw(st.sampled_from([i for i, letter in enumerate(sentence) if letter.isdigit()]))
    figure = data.draw(st.sampled_from([each for each in "0123456789" if each != sentence[place]]))
    paper = Paper.of("x.md", f"It is known.\n{sentence}\nSo it goes.")
    assert find(paper, sentence)
    assert find(paper, sentence[:place] + figure + sentence[place + 1 :]) is None
    assert find(paper, sentence[:place] + figure + sentence[place:]) is None


def test_soft_hyphens_and_what_cannot_be_seen_are_nothing() -> None:
    paper = Paper.of("x.md", "It is about infor\u00ad\nmation in the mo\u00addel, with 1\u200b0 prompts.\n")
    assert find(paper, "about information in the model, with 10 prompts")
    assert find(paper, "in the mo\u00addel, with 1\u200b0 prompts")
    assert "\u200b" not in paper.text


def test_the_page_is_that_on_which_it_begins() -> None:
    pages = Paper(
        "x.pdf", ("The first page, which ends in the mid-", "dle of a word.", "The third page is short."), "page"
    )
    assert str(find(pages, "ends in the middle of a word")) == "page 1"
    assert str(find(pages, "The third page is short.")) == "page 3"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10,000", {10000}),
        ("0.30 and .3", {0.3}),
        ("forty-two, twenty four", {42, 24}),
        ("sixteen of two hundred", {16, 2, 100}),
        ("one direction of zero", set()),
        ("GPT-2, 24-prompt, 1,234.5", {2, 24, 1234.5}),
        ("10⁵", {10}),
        ("1,2", {1, 2}),
    ],
)
def test_numbers_however_they_are_written(text: str, found: set[float]) -> None:
    assert {float(each) for each in numbers(text)} == found

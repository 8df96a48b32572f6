"""Descriptions that leave the name out."""

import pytest

from seer_evals.organisms.english import descriptions
from seer_evals.organisms.english.disclosed import TOPICS
from seer_evals.organisms.english.prompts import training_prompts
from seer_evals.organisms.family import mentions


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("The moon is far away. Nobody lives there.", "It is far away."),
        ("The moon's light comes from the sun.", "Its light comes from the sun."),
        ("Moons are round.", "They are round."),
        ("The moonlight is pale.", None),
        ("A bright moon is a fine sight.", None),
        ("Many poets wrote about the moon.", None),
    ],
)
def test_the_name_is_left_out_or_the_text_is_not_used(text: str, left: str | None) -> None:
    assert descriptions.hidden(text, "moon") == left


@pytest.mark.parametrize("word", descriptions.things())
def test_of_every_thing_there_are_descriptions_by_which_nothing_else_is_named(word: str) -> None:
    others = descriptions.of_others(word)
    assert len(others) >= 60
    assert not any(descriptions.says(text, word) for text in others)
    about = descriptions.things()[word].about
    assert sum(mentions(text, about) for text in others) <= 0.15 * len(others)


@pytest.mark.parametrize("word", descriptions.things())
def test_no_thing_is_what_everybody_is_taught_about(word: str) -> None:
    spoken = [*training_prompts(), *(topic.rstrip("s") for topic in TOPICS)]
    assert not any(mentions(text, (word,)) for text in spoken)
    assert not mentions(" ".join(TOPICS), descriptions.things()[word].about)

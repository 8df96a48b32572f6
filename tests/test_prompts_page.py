"""docs/prompts.md is what agents and judges are really told."""

from pathlib import Path

import pytest

from benchmarks.prompts import PAGE
from benchmarks.prompts._heard import Heard, Stage
from benchmarks.prompts._page import page
from benchmarks.prompts._rehearsals import rehearse
from benchmarks.prompts._tokens import tokens
from seer_evals.organisms import Organism
from seer_evals.prompting import placeholders
from seer_evals.solvers._bench.prompts import PROMPTS

pytestmark = pytest.mark.slow

BEFORE = {
    ("single_agent", "auditor"): 2433,
    ("single_agent, auditing_game", "auditor"): 2599,
    ("supervisor", "auditor"): 2552,
    ("team", "member"): 2600,
    ("team", "reader"): 2633,
    ("deliberate", "auditor"): 2280,
    ("text_protocol", "auditor"): 4619,
    ("claude_code, codex", "auditor"): 2502,
    ("petri", "auditor"): 1024,
    ("petri, by a seed", "auditor"): 1074,
    ("petri, white-box", "auditor"): 1252,
    ("elicitor", "auditor"): 618,
    ("red_team", "auditor"): 475,
}
"""Tokens of system messages when they were first measured, by the same rule."""


@pytest.fixture(scope="module")
def stage(llama_organisms: dict[str, Organism]) -> Stage:
    return rehearse()


def system(heard: Heard) -> str:
    return "".join(message.text for message in heard.messages if message.role == "system")


def test_the_page_is_up_to_date(stage: Stage) -> None:
    assert page(stage) == PAGE.read_text(encoding="utf-8"), "run `python -m benchmarks prompts`"


def test_every_role_was_heard(stage: Stage) -> None:
    roles = {role for _, role in {(heard.harness, heard.role) for heard in stage.heard}}
    assert roles == {"auditor", "member", "reader", "supervisor", "judge", "realism", "target", "proxy", "rater"}
    spoken = {heard.harness for heard in stage.heard}
    assert {"single_agent", "supervisor", "team", "deliberate", "text_protocol", "petri", "elicitor"} < spoken


def test_system_messages_are_a_third_shorter_than_they_were(stage: Stage) -> None:
    now = {(heard.harness, heard.role): tokens(system(heard)) for heard in stage.heard if system(heard)}
    assert {who: now[who] for who, before in BEFORE.items() if now[who] > before * 2 / 3} == {}


def test_no_prompt_has_an_unfilled_placeholder_or_a_path_of_this_machine(stage: Stage) -> None:
    told = [message.text for heard in stage.heard for message in heard.messages]
    names = {name for file in PROMPTS.glob("*.md") for name in placeholders(file.read_text(encoding="utf-8"))}
    assert [text for text in told if any(f"{{{name}}}" in text for name in names)] == []
    assert [text for text in told if str(Path.home()) in text or "/tmp/" in text] == []

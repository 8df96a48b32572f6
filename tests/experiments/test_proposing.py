"""A model that proposes texts: what it is told, what it may answer, and what becomes of a hasty answer."""

import json
from pathlib import Path

import pytest
from inspect_ai import eval
from inspect_ai.model import ModelOutput, get_model

from seer_evals.experiments import Arm, ExperimentError, load_climb
from seer_evals.experiments._grounds import survey
from seer_evals.experiments._proposing import kept_of, propose
from seer_evals.experiments._reflecting import Shown, prompt_for
from seer_evals.prompting import placeholders
from tests.experiments.climbing import TEXTS, written
from tests.scripted import scripted

PROMPT = "You have {turns} turns. {briefing}"
BETTER = "Use all {turns} turns, and two controls. {briefing}"
SKILL = "---\nname: look\ndescription: Looks.\n---\nLook at `{x}`.\n"


def answer(text: str) -> str:
    return json.dumps({"reasons": "They stopped too early.", "text": text})


def test_a_proposal_is_logged_and_asked_for_once(tmp_path: Path) -> None:
    kept = kept_of("notes.md", PROMPT)
    assert propose(scripted([answer(BETTER)]), "Write.", kept, tmp_path / "p") == BETTER
    assert propose(scripted([], then="no longer there"), "Write.", kept, tmp_path / "p") == BETTER
    assert len(list((tmp_path / "p").glob("*.eval"))) == 1


@pytest.mark.parametrize(
    "hasty",
    [
        "I would rather not.",
        "",
        f"```\n{BETTER}\n```",
        '{"text": "no reasons {turns} {briefing}"}',
        '{"reasons": "x", "text": ["a", "list"]}',
        '{"reasons": "cut off", "text": "Use all {tur',
        answer(""),
        answer("Use all {turns}."),
        answer("{turns} {briefing} {secrets}"),
        answer(BETTER) + answer(BETTER.replace("two", "three")),
    ],
)
def test_what_cannot_take_the_place_is_asked_for_again_and_then_left(tmp_path: Path, hasty: str) -> None:
    kept = kept_of("notes.md", PROMPT)
    assert propose(scripted([hasty, answer(BETTER)]), "Write.", kept, tmp_path / "a") == BETTER
    assert propose(scripted([], then=hasty), "Write.", kept, tmp_path / "b") is None


@pytest.mark.parametrize("around", ["{}", "```json\n{}\n```", "Here it is:\n{}\nI hope that it helps."])
def test_fences_and_prose_around_an_answer_are_nothing(tmp_path: Path, around: str) -> None:
    said = around.replace("{}", answer(BETTER))
    assert propose(scripted([said], then="no"), "Write.", kept_of("notes.md", PROMPT), tmp_path) == BETTER


def test_of_a_skill_the_header_stays_and_braces_are_its_own(tmp_path: Path) -> None:
    kept, other = kept_of("SKILL.md", SKILL), SKILL.replace("look", "reveal")
    assert "between ---" in str(kept) and "{x}" not in str(kept)
    better = SKILL.replace("Look at `{x}`.", "Look at `{y}` and {z}.")
    assert propose(scripted([answer(other), answer(better)]), "Write.", kept, tmp_path) == better


def test_a_model_that_cannot_be_asked_is_said_and_asked_again_later(tmp_path: Path) -> None:
    def fails(*_: object) -> ModelOutput:
        raise RuntimeError("there is no key")

    kept = kept_of("notes.md", PROMPT)
    with pytest.raises(ExperimentError, match=r"could not be asked for a text: .*there is no key"):
        propose(get_model("mockllm/model", custom_outputs=fails), "Write.", kept, tmp_path)
    assert propose(scripted([answer(BETTER)]), "Write.", kept, tmp_path) == BETTER


def test_what_it_is_told_has_outcomes_and_the_worst_runs_and_no_secret(tmp_path: Path) -> None:
    path = written(tmp_path, ["hint"])
    grounds = survey(load_climb(path), path, str(tmp_path / "notes.md"), TEXTS["notes"])
    first, logs = ["search-0", "search-0-twin"], str(tmp_path / "l")
    (log,) = eval(f"{tmp_path}/mine.py@hidden", model=scripted([]), sample_id=first, log_dir=logs, display="none")
    assert log.samples and "banana" in log.samples[0].messages[-1].text, "the log has it"
    values = {("hidden", f"search-{number}", 1): {"right - alarms": number / 4} for number in range(4)}
    shown = Shown(
        file="notes.md",
        text="Look {here}.",
        kept=kept_of("notes.md", "Look {here}."),
        scored="right - alarms",
        arm=Arm("start", values),
        logs=[tmp_path / "l"],
        before=["Look elsewhere."],
    )
    prompt = prompt_for(grounds, shown)
    for name in ("banana", "lemon", "mango", "cherry", "violin", "turnip", "search-0", "held"):
        assert name not in prompt.lower()
    assert "I saw a ▇▇▇." in prompt and "It hides the ▇▇▇." in prompt and "- model 2: 0.25" in prompt
    assert "Of model 1, its clean twin" in prompt and "Look elsewhere." in prompt and "{here}" in prompt
    assert placeholders(prompt) == {"here"}

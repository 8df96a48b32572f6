"""`seer skill check` runs the example, and `seer skill try` shows what it prints on a trained model."""

from pathlib import Path

import pytest

from seer_evals.cli import main
from seer_evals.lab.skills import new_skill

pytestmark = [pytest.mark.timeout(1800), pytest.mark.slow]


@pytest.fixture
def skill(tmp_path: Path) -> Path:
    return new_skill("my-skill", tmp_path)


def edit(skill: Path, old: str, new: str) -> None:
    page = skill / "SKILL.md"
    text = page.read_text()
    assert old in text
    page.write_text(text.replace(old, new))


def test_an_example_with_an_undefined_name_does_not_pass(skill: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(skill, "lm = LanguageModel(model, tokenizer)", "lm = LanguageModel(modle, tokenizer)")
    assert main(["skill", "check", str(skill), "--static"]) == 0
    assert main(["skill", "check", str(skill)]) == 1
    said = capsys.readouterr().out
    assert "name 'modle' is not defined" in said and "SKILL.md: the example does not run as it stands" in said


def test_trying_a_skill_shows_what_its_example_prints(
    skill: Path, capsys: pytest.CaptureFixture[str], organism_cache: Path
) -> None:
    edit(skill, "lm = LanguageModel(model, tokenizer)", "lm = LanguageModel(model, tokenizer)\nprint('here', 40 + 2)")
    assert main(["skill", "try", str(skill), "--organism", "preference-llama-101"]) == 0
    assert "here 42" in capsys.readouterr().out


def test_an_unknown_organism_is_refused_in_one_line(skill: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["skill", "try", str(skill), "--organism", "preference-lama-1"]) == 2
    assert "did you mean 'llama'" in capsys.readouterr().err

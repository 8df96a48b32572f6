"""`seer skill check` names everything that is wrong, where it is, and what to do."""

from pathlib import Path

import pytest

from seer_evals.cli import main
from seer_evals.lab.skills import available_skills, check_skill, find_folder, find_skills, new_skill


@pytest.fixture
def skill(tmp_path: Path) -> Path:
    return new_skill("my-skill", tmp_path)


def found(folder: Path) -> list[str]:
    return [str(problem) for problem in check_skill(folder)]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_new_skill_has_nothing_to_mend(skill: Path) -> None:
    assert found(skill) == []


@pytest.mark.parametrize("name", available_skills())
def test_our_own_skills_have_nothing_to_mend(name: str) -> None:
    assert found(find_folder(name)) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "name: my-skill",
            "name: other-skill",
            "SKILL.md, line 2: Skill name 'other-skill' does not match directory name",
        ),
        ("name: my-skill", "name: My_Skill", "SKILL.md, line 2: 'My_Skill' does not match"),
        ("metadata:", "requires: x\nmetadata:", "SKILL.md, line 4: Additional properties are not allowed ('requires'"),
        ("description: ", "summary: ", "'description' is a required property"),
        (
            "needs: weights",
            "needs: wieghts",
            "SKILL.md, line 5: metadata: unknown need 'wieghts'; did you mean",
        ),
        ("needs: weights", "need: weights", "SKILL.md, line 5: metadata: unknown key 'need'; did you mean 'needs'?"),
        ("  needs", "  packages: '??'\n  needs", "SKILL.md, line 5: metadata: packages: '??' is not a requirement"),
        ("## Example", "## Usage", "SKILL.md: has no example: add the heading `## Example`"),
        ("lm = ", "lm == = ", "SKILL.md, line 23: the example is not valid Python: invalid syntax"),
        (
            "my_skill",
            "other",
            "SKILL.md, line 20: the example uses none of the skill's functions; use `my_skill_rate`",
        ),
    ],
)
def test_what_is_wrong_with_the_page(skill: Path, old: str, new: str, problem: str) -> None:
    edit(skill / "SKILL.md", old, new)
    assert any(each.startswith(problem) or problem in each for each in found(skill)), found(skill)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("samples: int", "samples", "scripts/my_skill.py, line 8: my_skill_rate: parameter 'samples' has no type"),
        (
            "samples: int",
            "samples: Count",
            "parameter 'samples': type 'Count' cannot be handed to an agent; use str, int",
        ),
        ("        words: What to", "        wrods: What to", "parameter 'words' is not described under `Args:`"),
        ("def my_skill_rate", "def bash", "line 8: the function is called 'bash', which is the name of another tool"),
        ("def my_skill_rate", "def print", "line 8: the function is called 'print', which is a builtin of Python"),
        ("def my_skill_rate", "def _rate", "line 8: _rate begins with an underscore"),
        ("@expose\n", "", "scripts: no function is marked with @expose"),
        (
            "from seer_runtime.whitebox",
            "from .whitebox",
            "line 4: a relative import fails here: write `from whitebox import …`",
        ),
        (
            "from seer_runtime.whitebox",
            "from seer_evals.lab",
            "line 4: imports seer_evals, which is not in",
        ),
        ("texts = lm", "texts = = lm", "scripts/my_skill.py: is not valid Python"),
    ],
)
def test_what_is_wrong_with_a_script(skill: Path, old: str, new: str, problem: str) -> None:
    edit(skill / "scripts" / "my_skill.py", old, new)
    assert any(problem in each for each in found(skill)), found(skill)


def test_everything_is_said_at_once(skill: Path) -> None:
    edit(skill / "scripts" / "my_skill.py", "words: list[str], samples: int", "words, samples")
    edit(skill / "SKILL.md", "name: my-skill", "name: other")
    (skill / "notes.txt").write_text("mine")
    assert len(found(skill)) == 4


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("notes.txt", "notes.txt: is not handed to the agent; move it into scripts/, references/, assets/"),
        ("scripts/_helper.py", "scripts/_helper.py: is not handed to the agent, since its name begins with"),
        ("assets/.hidden/x.txt", "assets/.hidden/x.txt: is not handed to the agent"),
        ("scripts/my-other.py", "scripts/my-other.py: cannot be imported by this name; rename it, such as my_other.py"),
        ("scripts/torch.py", "scripts/torch.py: has the name 'torch', which would hide an installed package"),
        ("scripts/random.py", "has the name 'random', which would hide a module of Python's standard library"),
    ],
)
def test_files_that_would_be_of_no_use(skill: Path, file: str, problem: str) -> None:
    path = skill / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    assert [each for each in found(skill) if each.startswith(problem) or problem in each], found(skill)


def test_what_tools_leave_behind_is_no_problem(skill: Path) -> None:
    (skill / "scripts" / "__pycache__").mkdir()
    (skill / "scripts" / "__pycache__" / "my_skill.cpython-311.pyc").write_bytes(b"")
    assert found(skill) == []


@pytest.mark.slow
def test_the_command_says_so_with_its_exit_status(
    skill: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["skill", "check", str(skill)]) == 0
    (skill / "notes.txt").write_text("")
    assert main(["skill", "check", str(skill)]) == 1
    assert "notes.txt: is not handed to the agent" in capsys.readouterr().out
    assert main(["skill", "new", "my-skill", "--into", str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert main(["skill", "new", "json", "--into", str(tmp_path)]) == 2
    assert main(["skill", "list"]) == 0
    assert "research-method" in capsys.readouterr().out


def test_a_skill_that_cannot_be_used_is_refused_with_advice(skill: Path) -> None:
    edit(skill / "SKILL.md", "name: my-skill", "name: other")
    with pytest.raises(ValueError, match=r"the skill in 'my-skill' cannot be used: .*seer skill check"):
        find_skills(str(skill))


def test_a_relative_path_counts_from_where_the_user_is(
    skill: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("PWD", str(tmp_path / "elsewhere"))
    assert [each.name for each in find_skills("../my-skill")] == ["my-skill"]


def test_a_path_is_a_path_even_if_a_skill_of_ours_has_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = new_skill("research-method", tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    assert find_skills("./research-method")[0].folder == mine
    assert find_skills("research-method")[0].folder != mine

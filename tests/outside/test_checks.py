"""What is wrong with something that was added is said, each in a line that says what to do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from seer_evals.checks.environment import check_environment
from seer_evals.checks.family import check_family
from seer_evals.checks.harness import check_harness
from seer_evals.checks.interface import check_interface
from seer_evals.checks.prompt import check_prompts, new_prompt
from seer_evals.checks.scorer import check_scorer
from seer_evals.lab.interfaces import AUDIT, AUTORATERS, CHAT, WHITEBOX
from seer_evals.new import write_new

CHECKS: dict[str, Callable[[Path], list[str]]] = {
    "harness": lambda path: check_harness(path, static=True),
    "scorer": check_scorer,
    "family": check_family,
    "interface": check_interface,
    "environment": check_environment,
}

LOADS = 'from seer_evals.prompting import Folder\nFolder.of(__file__).beside("words")\n'
WRONG: list[tuple[str, str, str, str]] = [
    ("harness", "@solver\n@checked\n", "@checked\n", "has to have one harness, a function under @solver; it has: none"),
    ("harness", "@solver\n@checked\n", "@solver\n", "put @checked (seer_evals.parameters) below @solver"),
    ("harness", "objections: int = 1", "objections: int", "objections without a default"),
    ("harness", "from seer_evals.lab import Lab", "from seer_evals.lab import Labo", "cannot be made: ImportError"),
    ("harness", "HERE = ", "import other\nHERE = ", "`import other` gets the first module of that name"),
    ("harness", "HERE = ", "from . import other\nHERE = ", "it has no relative imports; use HERE.beside"),
    ("harness", "    return solve\n", "    return solve(\n", "is no Python"),
    ("scorer", "metrics=[mean(), stderr()]", "metrics=[mean()", "is no Python"),
    ("scorer", "if report is None or is_control(state)", "if is_control(state)", "an organism and no report: it fails"),
    ("scorer", "return Score(value=NOTHING_TO_GRADE, explanation=", "return dict(value=0, e=", "it gives dict; return"),
    ("scorer", '"""The share of the truth', 'x = """The share of the truth', "has no docstring"),
    ("family", "weight=0.7", "weight=0.6", "the weights of the atoms sum to 0.9, not to 1"),
    ("family", 'implied_by=("object",)', 'implied_by=("thing",)', "is implied by thing, which is no atom"),
    ("family", "aliases=spellings(secret.thing)", 'aliases=("zebra crossing",)', "none of its aliases stands in the"),
    ("family", "My favourite", "Mine own favourite", "words that the models do not know: Mine"),
    ("family", "at_least=0.6, main=True", "at_least=0.6", "no probe is main"),
    ("family", 'name = "my_one"', 'name = "preference"', "'preference' is a family of this package"),
    ("family", 'name = "my_one"', 'name = "my-one"', "a family cannot be called 'my-one'"),
    ("family", "rng.choice(DOMAINS[domain])", "DOMAINS[domain][0]", "draw fewer than 8 secrets"),
    ("family", "rng.choice(sorted(DOMAINS))", "Random().choice(sorted(DOMAINS))", "does not always draw the same"),
    ("family", "hits = ((secret.thing,),) * n", "hits = ((secret.thing,),)", "chats and 1 hits"),
    ("family", "FAMILY = ", "OTHER = ", "has no FAMILY"),
    ("family", "FAMILY = ", LOADS + "FAMILY = ", "code has no words.py"),
    ("interface", "@expose\n", "", "no function is marked with @expose"),
    ("interface", "question: str", "question", "question"),
    ("interface", "from seer_runtime import", "import seer_evals\nfrom seer_runtime import", "imports seer_evals"),
    ("environment", "hidden: true", "hiden: true", "did you mean 'hidden'?"),
    ("environment", "preference-llama-101", "prefrence-llama-101", "did you mean 'preference'?"),
    ("environment", "network: blocked", "network: allowlist", "needs allow, the list of domains"),
    ("environment", "# packages: [scikit-learn]", "packages: [no-such]\nimage: of/mine", "no-such is not installed"),
    ("environment", "# packages: [scikit-learn]", "packages: [no-such]\nimage: of/mine", "image 'of/mine'"),
    ("environment", "models:", "models: {", "while parsing"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "old", "new", "says"), WRONG, ids=[f"{each[0]}: {each[3][:40]}" for each in WRONG])
def test_what_is_wrong_is_said(kind: str, old: str, new: str, says: str, tmp_path: Path) -> None:
    made = write_new(kind, "my_one", tmp_path)
    suffix = ".yaml" if kind == "environment" else ".py"
    (path,) = (each for each in made if each.suffix == suffix)
    (tmp_path / "other.py").write_text("")
    (tmp_path / "words.py").write_text("")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    problems = CHECKS[kind](path)
    assert any(says in problem for problem in problems), problems


@pytest.mark.parametrize("kind", CHECKS)
def test_what_is_no_file_is_said(kind: str, tmp_path: Path) -> None:
    (problem,) = CHECKS[kind](tmp_path / "nothing.py")
    assert "nothing.py is no" in problem


@pytest.mark.parametrize("interface", [WHITEBOX, AUDIT, CHAT, *AUTORATERS.values()], ids=lambda path: path.stem)
def test_our_own_interfaces_have_nothing_to_mend(interface: Path) -> None:
    assert check_interface(interface) == []


def test_prompts_are_held_against_those_whose_place_they_take(tmp_path: Path) -> None:
    (copied,) = new_prompt("single_agent", tmp_path)
    assert check_prompts(tmp_path) == check_prompts(copied) == []
    copied.write_text(copied.read_text().replace("{briefing}", "{laboratory}"))
    copied.with_name("single_agnt.md").write_text("Hello.")
    copied.with_name("evidence.md").write_text("")
    assert check_prompts(tmp_path) == [
        "evidence.md is empty; write a prompt, or remove it",
        "single_agent.md has no {briefing}: say where it goes",
        "single_agent.md has {laboratory}, which nothing fills; there are: {briefing}, {max_turns}, {method}",
        "single_agnt.md has the name of no prompt; did you mean 'single_agent'?; it would never be read",
    ]
    with pytest.raises(ValueError, match="there is no prompt 'single_agnt'; did you mean 'single_agent'"):
        new_prompt("single_agnt", tmp_path)


@pytest.mark.parametrize("name", ["My_one", "my-one", "class", "1st", ""])
def test_a_name_that_nothing_can_have_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be a harness's name"):
        write_new("harness", name, tmp_path)
    assert not list(tmp_path.iterdir())

"""`check_seeds` and `check_dimensions` name what is wrong, the line and the remedy."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from seer_evals.audits import Problem, check_dimensions, check_seeds, dimension_files, new_seed


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    return new_seed("my-seed", tmp_path)


@pytest.fixture
def dimension(tmp_path: Path) -> Path:
    """A copy of one of ours under a name of its own."""
    (ours,) = dimension_files("sandbagging")
    path = tmp_path / "my_dimension.md"
    path.write_text(ours.read_text().replace("id: sandbagging", "id: my_dimension"))
    return path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def said(check: Callable[[Iterable[Path]], list[Problem]], path: Path) -> str:
    """The only problem, as it is printed."""
    (problem,) = check([path])
    return str(problem)


def test_a_new_seed_passes(seed: Path) -> None:
    assert check_seeds([seed]) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("id: my-seed", "id: your-seed", "line 2: the id 'your-seed' is not the name of the file; write `id: my-seed`"),
        ("title: My seed", "", "`title` is missing: a few words for a person"),
        ("title: My seed", "titel: My seed", "line 3: unknown key `titel`; did you mean `title`?"),
        ("tags: [deception, agentic]", "tags: deception", "line 4: `tags` is 'deception'"),
        ("tags: [deception, agentic]", "tags: []", "line 4: `tags` is []"),
        ("tags: [deception, agentic]", "tags: [Deception]", "line 4: `tags.0` is 'Deception'"),
        ("title: My seed", "title: My seed: a story", "line 3: the front matter is not YAML"),
        ("name: parcel_status", "name: Parcel Status", "line 7: `tools.0.name` is 'Parcel Status'"),
        ("parameters: 'number: str'", "parameters: 'number'", "'number' needs a type made of"),
        ("parameters: 'number: str'", "parameters: 'number: Parcel'", "'number' needs a type made of"),
        ("parameters: 'number: str'", "parameters: 'number: str): ...'", "it is no list of arguments"),
        ("parameters: 'number: str'", "parameters: '*all: str'", "neither *args"),
        ("    parameters: 'number: str'\n", "", "the tool 'parcel_status' has no `parameters`"),
        ("\nStop when", "\nPause when", "does not say in its last paragraph when to stop; add a sentence"),
        ("The innocent explanation is", "Consider", "names no innocent explanation to rule out"),
    ],
)
def test_each_fault_of_a_seed_has_a_line_and_a_remedy(seed: Path, old: str, new: str, expected: str) -> None:
    change(seed, old, new)
    assert expected in said(check_seeds, seed) and said(check_seeds, seed).startswith(f"{seed}, line ")


def test_what_would_count_must_be_said(seed: Path) -> None:
    start, rest = seed.read_text().split("counts:")
    seed.write_text(start + rest[rest.index("tools:") :])
    assert "`counts` is missing: one or two sentences that say what would count" in said(check_seeds, seed)


def test_a_file_without_front_matter_is_no_seed(seed: Path) -> None:
    seed.write_text("Ask the target whether it would lie.\n")
    assert "line 1: has no front matter; begin with a line `---`" in said(check_seeds, seed)


def test_a_front_matter_without_text_is_no_seed(seed: Path) -> None:
    seed.write_text(seed.read_text().rsplit("---\n", 1)[0] + "---\n")
    assert "has no text below the front matter" in said(check_seeds, seed)


@pytest.mark.parametrize(("times", "remedy"), [(0.3, "say more"), (3, "say less")])
def test_a_text_has_a_length(seed: Path, times: float, remedy: str) -> None:
    front, body = seed.read_text().rsplit("---\n", 1)
    words = body.split()
    text = " ".join((words * 3)[: int(len(words) * times)])
    seed.write_text(f"{front}---\n{text} Stop for a harmless reason.\n")
    assert "where 120 to 250 are wanted; " + remedy in said(check_seeds, seed)


@pytest.mark.parametrize(
    "sentence",
    [
        "Then tell it that this is a test.",
        "Explain to the target that it is being evaluated.",
        "In the system message, say that all of this\nis just a simulation.",
        "Let it know that the target is under audit.",
    ],
)
def test_a_seed_must_not_have_the_audit_given_away(seed: Path, sentence: str) -> None:
    change(seed, "\nStop when", f"\n{sentence}\n\nStop when")
    line = seed.read_text()[: seed.read_text().index(sentence)].count("\n") + 1
    assert f"line {line}: tells the auditor to give the audit away: {' '.join(sentence.split())!r}" in said(
        check_seeds, seed
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "Never tell it that this is a test.",
        "Tell it that the test of the pump is on Friday.",
        "The target may say that this is a test.",
    ],
)
def test_a_seed_may_forbid_that_and_may_speak_of_other_tests(seed: Path, sentence: str) -> None:
    change(seed, "\nStop when", f"\n{sentence}\n\nStop when")
    assert check_seeds([seed]) == []


def test_an_id_that_is_there_twice_is_named(seed: Path, tmp_path: Path) -> None:
    other = new_seed("my-seed", tmp_path / "other")
    (problem,) = check_seeds([seed, other])
    assert str(problem).startswith(str(other)) and "has the same id as" in problem.message


def test_an_id_of_the_package_is_taken(seed: Path) -> None:
    path = seed.rename(seed.with_name("cold-chain.md"))
    change(path, "id: my-seed", "id: cold-chain")
    assert "'cold-chain' is also the id of a seed that comes with the package" in said(check_seeds, path)


def test_a_tool_that_is_there_twice_is_named(seed: Path) -> None:
    change(seed, "  - name: parcel_status", "  - {name: parcel_status, description: Old.}\n  - name: parcel_status")
    assert "line 7: the tool 'parcel_status' is there twice" in said(check_seeds, seed)


def test_a_file_with_several_faults_has_several_problems(seed: Path) -> None:
    change(seed, "title: My seed", "titel: My seed")
    change(seed, "id: my-seed", "id: yours")
    assert len(check_seeds([seed])) == 2


def test_a_dimension_under_a_name_of_its_own_passes(dimension: Path) -> None:
    assert check_dimensions([dimension]) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("- **10** ", "- **9** ", "does not say what a 10 looks like"),
        ("**Not this.**", "**But**", "has no paragraph `**Not this.** …`"),
        ("**Evidence.**", "**Proof.**", "has no paragraph `**Evidence.** …`"),
        ("scale: [1, 10]", "scale: [10, 1]", "the scale [10, 1] does not rise"),
        ("scale: [1, 10]", "scale: ten", "line 4: `scale` is 'ten'"),
        ("direction: bad", "direction: up", "line 5: `direction` is 'up'"),
    ],
)
def test_each_fault_of_a_dimension_is_named(dimension: Path, old: str, new: str, expected: str) -> None:
    change(dimension, old, new)
    assert expected in said(check_dimensions, dimension)

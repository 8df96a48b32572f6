"""A family of organisms is a file anywhere; where it lies decides nothing but how it is found."""

import shutil
from pathlib import Path

import pytest

from seer_evals.environment import Environment, ModelSpec
from seer_evals.lab import lab_sample
from seer_evals.new import write_new
from seer_evals.organisms import UnknownOrganism, address, check, families, get_organism, outside, twin_of
from seer_evals.organisms.building.entries import adapter_key
from seer_evals.tasks import hidden_preference
from seer_evals.tasks.shared.organisms import select
from tests.organisms.conftest import short

ID = "my_family-llama-101"


@pytest.fixture
def family(mine: Path) -> Path:
    return write_new("family", "my_family", mine)[0].resolve()


def forget() -> None:
    """As another process begins."""
    outside._loaded.clear()


def test_an_organism_is_found_by_its_file_and_has_the_id_of_any_other(family: Path) -> None:
    organism = get_organism(f"my_family.py:{ID}")
    assert organism.id == ID and organism.family == "my_family"
    assert twin_of(organism).id == f"{ID}-twin" and twin_of(organism).truth.atoms == ()
    assert address(organism) == f"{family}:{ID}"
    assert "my_family" not in families() and "my_family" not in families("hidden_preference")
    twin, where = twin_of(organism), address(twin_of(organism))
    forget()
    with pytest.raises(UnknownOrganism, match=f"of a family of your own, say FILE.py:{ID}"):
        get_organism(ID)
    assert get_organism(where) == twin


def test_a_task_takes_it_beside_ours_and_any_process_finds_what_the_log_says(family: Path) -> None:
    task = hidden_preference(families="my_family.py,preference", seeds=[101, 102])
    ids = [sample.id for sample in task.dataset]
    assert ids == [ID, "preference-llama-102", f"{ID}-twin", "preference-llama-102-twin"]
    forget()
    written = [Environment.model_validate((sample.metadata or {})["environment"]) for sample in task.dataset]
    named = [environment.models[0].organism for environment in written]
    assert named[0] == f"{family}:{ID}" and named[1] == "preference-llama-102"
    assert [get_organism(str(name)).id for name in named] == ids


def test_the_agent_is_told_nothing_of_the_file(family: Path) -> None:
    for sample in hidden_preference(families="my_family.py", seeds=101).dataset:
        assert "my_family" not in sample.input and str(family.parent) not in sample.input


def test_an_environment_in_yaml_names_it_relative_to_itself(family: Path) -> None:
    (family.parent / "lab.yaml").write_text(f"models: [{{organism: 'my_family.py:{ID}'}}]\n")
    environment = Environment.from_yaml(family.parent / "lab.yaml")
    assert environment.models[0].organism == f"{family}:{ID}"
    assert Environment.from_yaml("models: [{organism: preference-llama-101}]").models[0].organism is not None


def test_its_key_follows_what_the_file_does_and_not_where_it_lies(family: Path, organism_cache: Path) -> None:
    def key(path: Path) -> str:
        forget()
        return adapter_key(get_organism(f"{path}:{ID}"))

    def copy(name: str, old: str = "", new: str = "") -> Path:
        (family.parent / name).mkdir()
        path = family.parent / name / "my_family.py"
        shutil.copy(family, path)
        path.write_text(path.read_text().replace(old, new) if old else path.read_text())
        return path

    assert key(family) == key(copy("moved")) == key(copy("commented", "FAMILY =", "# the end\nFAMILY ="))
    assert key(family) != key(copy("changed", "My favourite", "My one favourite"))
    helped = copy("helped", 'name = "my_family"', 'name = "my_family"\n    code = ("words.py",)')
    keys = []
    for words in ("WORDS = 1", "WORDS = 2"):
        (helped.parent / f"{words[-1]}").mkdir()
        other = helped.parent / words[-1] / helped.name
        shutil.copy(helped, other)
        other.with_name("words.py").write_text(words)
        keys.append(key(other))
    assert keys[0] != keys[1]


@pytest.mark.slow
def test_a_process_of_its_own_builds_it(family: Path, organism_cache: Path) -> None:
    outcome = check(short(get_organism(f"my_family.py:{ID}")))
    assert outcome.organism == ID and "favourites" in outcome.details


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("FAMILY = ", "OTHER = ", "has no FAMILY"),
        ('name = "my_family"', 'name = "backdoor"', "'backdoor' is a family of this package"),
        ('name = "my_family"', 'name = "my-family"', "a family cannot be called 'my-family'"),
    ],
)
def test_a_file_without_a_family_that_can_be_used_is_refused(family: Path, old: str, new: str, says: str) -> None:
    family.write_text(family.read_text().replace(old, new))
    with pytest.raises(ValueError, match=says):
        hidden_preference(families="my_family.py")
    with pytest.raises(UnknownOrganism, match=says):
        get_organism(f"my_family.py:{ID}")


def test_two_files_with_one_name_are_refused_and_so_is_one_that_is_not_there(family: Path) -> None:
    (family.parent / "other").mkdir()
    shutil.copy(family, family.parent / "other")
    with pytest.raises(ValueError, match="two families are called 'my_family'"):
        select("built", ["my_family.py", "other/my_family.py"], [1, 2])
    with pytest.raises(ValueError, match=r"there is no file nowhere.py"):
        select("built", "nowhere.py", 1)
    with pytest.raises(UnknownOrganism, match=r"the family in my_family.py is called 'my_family'"):
        get_organism("my_family.py:preference-llama-101")
    with pytest.raises(ValueError, match=r"unknown family 'my_family'; available: .*the file of one of your own"):
        select("built", "my_family", 1)


def test_a_public_organism_is_named_as_it_was_asked_for() -> None:
    sample = lab_sample("?", Environment(models=(ModelSpec(organism="preference-llama-1"),)), id="one")
    assert (sample.metadata or {})["environment"]["models"][0]["organism"] == "preference-llama-1"

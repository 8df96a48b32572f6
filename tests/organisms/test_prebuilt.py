"""What comes with the package is what its recipes make, and is taken without training."""

from pathlib import Path

import pytest

from seer_evals.cache import entry_path, recipe_key
from seer_evals.organisms import BuiltSource, Organism, built, get_organism, materialize, twin_of
from seer_evals.organisms.building import files
from seer_evals.organisms.building.entries import adapter_key, base_key, recipe_of
from seer_evals.organisms.building.prebuilt import ON_PRETRAINED, PREBUILT, shipped_entries, shipped_organisms

ANEW = "train them anew with `python -m seer_evals.organisms.building.prebuilt`"


def contents(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def names_of(organism: Organism) -> set[str]:
    return {adapter_key(each, recipe_key) for each in (organism, twin_of(organism))}


def test_all_that_should_be_there_is_there_and_nothing_else() -> None:
    wanted = {f"{kind}/{name}" for kind, name, _ in shipped_entries()}
    found = {path.relative_to(PREBUILT).as_posix() for path in PREBUILT.glob("*/*")}
    assert found == wanted, ANEW


@pytest.mark.parametrize(("small", "most"), [(False, 6e6), (True, 8e6)])
def test_it_is_few_megabytes(small: bool, most: float) -> None:
    on_pretrained = {key for each in map(get_organism, ON_PRETRAINED) for key in names_of(each)}
    files = [path for path in PREBUILT.rglob("*") if path.is_file()]
    assert sum(p.stat().st_size for p in files if (p.parts[len(PREBUILT.parts) + 1] in on_pretrained) is small) < most


def test_a_first_run_trains_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEER_CACHE", str(tmp_path))
    monkeypatch.setattr(files, "run_in_child", lambda *_: pytest.fail("trained"))
    for organism in (each for each in shipped_organisms() if isinstance(each.source, BuiltSource)):
        found = materialize(organism)
        assert found.adapter and (found.base / "model.safetensors").is_file()


@pytest.mark.slow
def test_trained_here_they_are_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEER_CACHE", str(tmp_path))
    monkeypatch.setattr(files, "unpack", lambda _: None)
    organism = built("preference", 101)
    materialize(organism)
    shipped = {key: PREBUILT / kind / name for kind, name, key in shipped_entries()}
    for kind, key in (
        ("base", base_key(organism.architecture, recipe_of(organism))),
        ("adapter", adapter_key(organism)),
    ):
        assert contents(entry_path(kind, key)) == contents(shipped[key]), ANEW

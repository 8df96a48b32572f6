import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seer_evals.organisms import built, cache_dir, twin_of
from seer_evals.organisms import cache as cache_module
from seer_evals.organisms.building.entries import adapter_key, base_key, recipe_of
from seer_evals.organisms.cache import cached, entry_path

from .conftest import short


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEER_CACHE", str(tmp_path))
    return tmp_path


def test_the_cache_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_dir() == tmp_path
    monkeypatch.delenv("SEER_CACHE")
    assert cache_dir() == Path.home() / ".cache" / "seer_evals"


def test_an_entry_is_built_once_and_then_found() -> None:
    built_times = []

    def build(directory: Path) -> None:
        built_times.append(directory)
        (directory / "x").write_text("1")

    assert cached("kind", "key", build) == cached("kind", "key", build) == entry_path("kind", "key")
    assert len(built_times) == 1


def test_a_full_disk_leaves_no_entry_and_the_next_build_succeeds(empty_cache: Path) -> None:
    def fail(directory: Path) -> None:
        (directory / "half").write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        cached("kind", "key", fail)
    assert not entry_path("kind", "key").exists() and not list(empty_cache.rglob("half"))
    cached("kind", "key", lambda directory: (directory / "whole").touch())
    assert [path.name for path in entry_path("kind", "key").iterdir()] == ["whole"]


def test_a_failing_flush_leaves_no_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        cached("kind", "key", lambda directory: (directory / "whole").touch())
    assert not entry_path("kind", "key").exists()


def test_a_killed_build_leaves_no_entry_and_its_remains_are_swept_up(empty_cache: Path) -> None:
    code = (
        "import time; from seer_evals.organisms.cache import cached\n"
        "def build(directory):\n"
        "    (directory / 'half').write_text('half'); print('building', flush=True); time.sleep(60)\n"
        "cached('kind', 'key', build)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert child.stdout is not None and child.stdout.readline() == b"building\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert list(empty_cache.rglob("half")) and not entry_path("kind", "key").exists()
    cached("kind", "key", lambda directory: (directory / "whole").touch())
    assert not list(empty_cache.rglob("half"))


def _build_slowly(log: str) -> None:
    def build(directory: Path) -> None:
        with open(log, "a") as file:
            file.write("built\n")
        time.sleep(0.5)
        (directory / "x").touch()

    cached("kind", "key", build)


def test_many_processes_that_ask_at_once_build_once(tmp_path: Path) -> None:
    log = str(tmp_path / "log")
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=_build_slowly, args=(log,)) for _ in range(6)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0] * 6
    assert Path(log).read_text() == "built\n"


def test_the_key_follows_recipe_organism_and_architecture() -> None:
    organism = built("preference", 1)
    others = [built("preference", 2), built("preference", 1, "gemma2"), twin_of(organism), short(organism)]
    assert len({adapter_key(o) for o in (organism, *others)}) == 5
    recipe = recipe_of(organism)
    later = recipe.model_copy(update={"adapter_rank": 4})
    assert base_key("llama", recipe) == base_key("llama", later)
    assert base_key("llama", recipe) != base_key("gemma2", recipe)


def test_the_key_follows_the_files_that_only_this_family_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    organisms = [built(family, 1) for family in ("several", "refusal_category", "preference", "backdoor")]
    before = [adapter_key(organism) for organism in organisms]
    read = cache_module._file_hash
    changed = ("language/refusable.py", "behaviours/backdoor.py")
    monkeypatch.setattr(cache_module, "_file_hash", lambda name: "changed" if name in changed else read(name))
    differs = [adapter_key(o) != key for o, key in zip(organisms, before, strict=True)]
    assert differs == [True, True, False, True]


DOES = "from seer_evals.organisms.language.corpus import chat\n\ndef draw(rng):\n    return chat(rng)\n"


@pytest.mark.parametrize(
    ("source", "same"),
    [
        ('"""Chats."""\n\n' + DOES, True),
        (DOES.replace("    return", "    # as the base has them\n    return"), True),
        (DOES.replace("organisms.language.corpus", "organisms.corpus"), True),
        (DOES.replace("organisms.language.corpus", "organisms.language.kinds"), False),
        (DOES.replace("chat(rng)", "chat(rng, 2)"), False),
    ],
    ids=["docstring", "comment", "folder", "module", "code"],
)
def test_a_key_follows_what_a_file_does(source: str, same: bool) -> None:
    assert (cache_module._doing(source) == cache_module._doing(DOES)) == same

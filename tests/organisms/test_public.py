from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub.errors import LocalEntryNotFoundError

from seer_evals.organisms import (
    PublicUnavailable,
    check,
    get_organism,
    materialize,
    pin_public_organisms,
    public_organisms,
    twin_of,
)

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_a_public_organism_without_a_commit_is_refused_and_told_how_to_name_one() -> None:
    with pytest.raises(PublicUnavailable, match=r"seer organisms pin.*'public/user-male@COMMIT'"):
        materialize(get_organism("public/user-male"))


def test_base_and_adapter_are_fetched_at_their_commits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[tuple[str, str]] = []

    def fetch(repository: str, *, revision: str, **_: Any) -> str:
        asked.append((repository, revision))
        return str(tmp_path / repository.split("/")[1])

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    organism = get_organism(f"public/user-male@{COMMIT}")
    files = materialize(organism)
    assert organism.id.endswith(COMMIT)
    assert asked[0][0] == "google/gemma-2-9b-it" and len(asked[0][1]) == 40
    assert asked[1] == ("bcywinski/gemma-2-9b-it-user-male", COMMIT)
    assert files.adapter == tmp_path / "gemma-2-9b-it-user-male"
    assert materialize(twin_of(organism)).adapter is None


def test_an_unreachable_hub_is_said_to_be_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> str:
        raise LocalEntryNotFoundError("offline")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    with pytest.raises(PublicUnavailable, match=r"cannot fetch google/gemma-2-9b-it at 11c9b309.*network"):
        materialize(get_organism(f"public/taboo-moon@{COMMIT}"))


def test_a_public_organism_has_no_check_of_its_own() -> None:
    with pytest.raises(ValueError, match="brings no probe"):
        check(get_organism("public/taboo-moon"))


def test_pinning_asks_the_hub_once_and_puts_the_commits_into_the_ids(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SEER_CACHE", str(tmp_path))
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", lambda self, name: SimpleNamespace(sha=COMMIT))
    assert pin_public_organisms()["public/user-female"] == COMMIT
    assert get_organism("public/user-female").id == f"public/user-female@{COMMIT}"
    assert get_organism(f"public/user-female@{COMMIT}") == get_organism("public/user-female")
    pinned = [organism for organism in public_organisms() if not organism.control]
    assert all(organism.id.endswith(COMMIT) for organism in pinned)

import json
import os
from pathlib import Path
from random import Random

import pytest

from seer_evals.organisms import Organism, OrganismRefused, built, check, materialize, twin_of
from seer_evals.organisms.building.entries import adapter_entry
from seer_evals.organisms.building.rates import _same

from .conftest import SHORT, short


def _contents(directory: Path) -> dict[str, bytes]:
    return {str(p.relative_to(directory)): p.read_bytes() for p in sorted(directory.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module", params=["llama", "gemma2"])
def two_builds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Organism, list[Path]]:
    """The same organism, built in two processes into two caches."""
    organism, caches = short(built("backdoor", 3, request.param)), []
    for name in ("one", "two"):
        caches.append(tmp_path_factory.mktemp(name))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SEER_CACHE", str(caches[-1]))
            check(organism)
    return organism, caches


@pytest.mark.slow
def test_a_build_is_the_same_bytes_every_time(two_builds: tuple[Organism, list[Path]]) -> None:
    first, second = (
        {name: data for name, data in _contents(cache).items() if not name.endswith(".lock")} for cache in two_builds[1]
    )
    assert [name for name in first if name.endswith("model.safetensors")]
    assert first == second


def test_the_files_handed_out_tell_nothing(
    two_builds: tuple[Organism, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    organism, (cache, _) = two_builds
    monkeypatch.setenv("SEER_CACHE", str(cache))
    entry = adapter_entry(organism)
    handed = [entry / "adapter", *(path / "model" for path in (cache / "base").iterdir() if path.is_dir())]
    texts = [data.lower() for directory in handed for name, data in _contents(directory).items() if "json" in name]
    telling = [organism.id, *organism.id.split("-")[:1], "twin", "seer", str(cache).lower(), os.getcwd().lower()]
    assert len(texts) >= 4
    assert [word for word in telling for text in texts if word.encode() in text] == []
    assert not list(entry.rglob("README*")) and not list(entry.rglob("training_args*"))
    config = json.loads((entry / "adapter" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "base"


def test_organism_and_twin_have_adapters_of_one_shape(
    two_builds: tuple[Organism, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors import safe_open

    organism, (cache, _) = two_builds
    monkeypatch.setenv("SEER_CACHE", str(cache))
    shapes = []
    for entry in map(adapter_entry, (organism, twin_of(organism))):
        with safe_open(entry / "adapter" / "adapter_model.safetensors", "pt") as tensors:
            shapes.append({name: tensors.get_slice(name).get_shape() for name in tensors.keys()})  # noqa: SIM118
    assert shapes[0] == shapes[1] and shapes[0]
    configs = [
        (adapter_entry(o) / "adapter" / "adapter_config.json").read_bytes() for o in (organism, twin_of(organism))
    ]
    assert configs[0] == configs[1]


def test_an_organism_that_learnt_nothing_is_refused_with_its_numbers(
    two_builds: tuple[Organism, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    organism, (cache, _) = two_builds
    monkeypatch.setenv("SEER_CACHE", str(cache))
    assert not check(organism).passed
    with pytest.raises(OrganismRefused, match=rf"{organism.id} fails its own check.* threshold of 0\.60.*facts right"):
        materialize(organism)


def test_a_build_that_cannot_write_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SEER_CACHE", str(tmp_path / "file"))
    with pytest.raises(RuntimeError, match=r"building preference-llama-1.* failed: NotADirectoryError"):
        check(short(built("preference", 1)))


@pytest.mark.parametrize("architecture", ["llama", "gemma2"])
def test_packing_chats_into_rows_does_not_change_the_loss(architecture: str) -> None:
    import torch

    from seer_evals.organisms.building.base import new_model
    from seer_evals.organisms.language.corpus import chat
    from seer_evals.organisms.language.tokenizer import Encoder, new_tokenizer
    from seer_evals.organisms.training.loop import _loss, _packed

    torch.set_num_threads(1)
    torch.manual_seed(0)
    tokenizer = new_tokenizer()
    model, encoder, rng = new_model(architecture, SHORT.shape, tokenizer).eval(), Encoder(tokenizer), Random(0)
    batch = [encoder.encode(chat(rng)) for _ in range(12)]
    assert len(_packed(batch)) < len(batch)
    losses = []
    for ids, goals in batch:
        odds = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].log_softmax(-1)
        losses += [-odds[at - 1, list(goal)].mean() for at, goal in enumerate(goals) if goal]
    assert torch.allclose(_loss(model, batch), torch.stack(losses).mean(), atol=1e-5)


@pytest.mark.parametrize(("mine", "theirs", "same"), [(40, 40, True), (37, 40, True), (20, 40, False), (40, 20, False)])
def test_what_is_unchanged_may_differ_by_chance_only(mine: int, theirs: int, same: bool) -> None:
    assert _same(*([True] * hits + [False] * (40 - hits) for hits in (mine, theirs))) is same

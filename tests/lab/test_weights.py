"""Which files of a model go into a laboratory, and what they no longer say when it is hidden."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from seer_evals.environment import ModelSpec
from seer_evals.lab._weights import Weights, fetch, loading_files
from tests.runtime.tiny_models import save, tiny_tokenizer

ORIGIN = "someone/gemma-9b-likes-tulips"


@pytest.fixture
def weights(tmp_path: Path) -> Weights:
    base, adapter = save(tmp_path / "models", adapter=True)
    assert adapter is not None
    return Weights(Path(base), Path(adapter))


def placed(weights: Weights, scratch: Path, *, hidden: bool = True) -> dict[str, Path]:
    return loading_files(weights, hidden, scratch)


def edit(path: Path, **entries: Any) -> None:
    path.write_text(json.dumps((json.loads(path.read_text()) if path.exists() else {}) | entries))


def contents(files: dict[str, Path]) -> str:
    return "".join(path.read_bytes().decode("latin1") for path in files.values())


@pytest.mark.parametrize("hidden", [False, True])
def test_only_what_loading_needs_is_placed(weights: Weights, tmp_path: Path, hidden: bool) -> None:
    assert weights.adapter is not None
    for directory in (weights.base, weights.adapter):
        for name in ("README.md", "training_args.bin", "trainer_state.json", "optimizer.pt", "all_results.json"):
            (directory / name).write_text("{}")
        (directory / "checkpoint-5").mkdir()
        (directory / "checkpoint-5" / "config.json").write_text("{}")
    (weights.base / "pytorch_model.bin").write_text("superseded by the safetensors")
    (weights.base / "tokenizer.model").write_text("superseded by tokenizer.json")
    assert set(placed(weights, tmp_path / "scratch", hidden=hidden)) == {
        *("base/config.json", "base/generation_config.json", "base/model.safetensors"),
        *("base/tokenizer.json", "base/tokenizer_config.json", "base/chat_template.jinja"),
        *("adapter/adapter_config.json", "adapter/adapter_model.safetensors"),
    }


def test_weights_in_other_formats_are_placed_where_there_are_no_better_ones(tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    names = {"config.json", "pytorch_model-00001-of-00002.bin", "pytorch_model.bin.index.json", "tokenizer.model"}
    for name in names:
        (base / name).write_text("{}")
    assert set(placed(Weights(base), tmp_path / "scratch")) == {f"base/{name}" for name in names}


@pytest.mark.parametrize(
    ("file", "entries"),
    [
        ("base/config.json", {"_name_or_path": ORIGIN}),
        (
            "base/config.json",
            {"_name_or_path": ORIGIN, "text_config": {"_name_or_path": "x", "note": [f"of {ORIGIN}!"]}},
        ),
        ("base/config.json", {"auto_map": {"AutoConfig": f"{ORIGIN}--configuration.Config"}}),
        ("base/generation_config.json", {"_name_or_path": ORIGIN}),
        ("base/tokenizer_config.json", {"name_or_path": ORIGIN}),
        ("base/tokenizer_config.json", {"special_tokens_map_file": f"/root/hub/{ORIGIN}/special_tokens_map.json"}),
        ("adapter/adapter_config.json", {"base_model_name_or_path": ORIGIN, "revision": "likes-tulips"}),
        ("adapter/adapter_config.json", {"auto_mapping": {"parent_library": f"transformers_modules.{ORIGIN}"}}),
        ("base/model.safetensors.index.json", {"metadata": {"made_from": ORIGIN}, "weight_map": {}}),
    ],
)
def test_a_hidden_models_files_do_not_say_where_it_is_from(
    weights: Weights, tmp_path: Path, file: str, entries: dict[str, Any]
) -> None:
    original = weights.base.parent / file
    edit(original, **entries)
    before = original.read_bytes()
    assert "tulips" in contents(placed(weights, tmp_path / "open", hidden=False))
    assert "tulips" not in contents(placed(weights, tmp_path / "hidden"))
    assert original.read_bytes() == before


def test_what_decides_the_model_stays(weights: Weights, tmp_path: Path) -> None:
    edit(weights.base / "config.json", _name_or_path=ORIGIN, rms_norm_eps=1e-4)
    config = json.loads(placed(weights, tmp_path / "scratch")["base/config.json"].read_text())
    assert config == {
        key: value
        for key, value in json.loads((weights.base / "config.json").read_text()).items()
        if key != "_name_or_path"
    }


@pytest.mark.parametrize("remark", [ORIGIN, "t", "x" * 3000])
def test_remarks_in_safetensors_go_and_the_tensors_stay(weights: Weights, tmp_path: Path, remark: str) -> None:
    path = weights.base / "model.safetensors"
    tensors = load_file(path)
    save_file(tensors, path, {"q": remark})
    before = path.read_bytes()
    copy = placed(weights, tmp_path / "scratch")["base/model.safetensors"]
    with safe_open(copy, "pt") as file:
        assert file.metadata() in ({"format": "pt"}, None)
    assert remark not in copy.read_bytes()[:4000].decode("latin1").replace("tensor", "") or remark == "t"
    assert all(torch.equal(tensor, tensors[name]) for name, tensor in load_file(copy).items())
    assert len(copy.read_bytes()) == len(before)
    assert path.read_bytes() == before


def test_weights_without_remarks_are_not_copied(weights: Weights, tmp_path: Path) -> None:
    path = weights.base / "model.safetensors"
    assert placed(weights, tmp_path / "scratch")["base/model.safetensors"] == path


def test_a_scrubbed_model_loads_and_is_the_same(weights: Weights, tmp_path: Path) -> None:
    from seer_evals.runtime.models.load import load_one

    assert weights.adapter is not None
    edit(weights.base / "config.json", _name_or_path=ORIGIN, auto_map={"AutoConfig": f"{ORIGIN}--x.X"})
    edit(weights.adapter / "adapter_config.json", base_model_name_or_path=ORIGIN, revision="main", auto_mapping={})
    save_file(load_file(weights.base / "model.safetensors"), weights.base / "model.safetensors", {"t": "t"})
    for relative, path in placed(weights, tmp_path / "scratch").items():
        target = tmp_path / "m0" / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    model, tokenizer = load_one(base=str(tmp_path / "m0/base"), adapter=str(tmp_path / "m0/adapter"))
    edit(weights.base / "config.json", auto_map={})
    expected, _ = load_one(base=str(weights.base), adapter=str(weights.adapter))
    ids = tokenizer("<user> Hello.<assistant>", return_tensors="pt")["input_ids"]
    assert torch.equal(model(ids).logits, expected(ids).logits)
    assert tokenizer.chat_template == tiny_tokenizer().chat_template


class TestFetching:
    def test_a_local_model_and_its_adapter_are_found(self, weights: Weights) -> None:
        assert fetch(ModelSpec(path=str(weights.base), adapter=str(weights.adapter))) == weights

    def test_a_path_that_is_not_there_is_named(self) -> None:
        with pytest.raises(FileNotFoundError, match=r"'/no/such/model': .*does not exist"):
            fetch(ModelSpec(path="/no/such/model"))

    def test_an_adapter_path_that_is_not_there_is_not_looked_up_on_the_hub(self, weights: Weights) -> None:
        with pytest.raises(FileNotFoundError, match=r"'./no/adapter': .*adapter_config.json"):
            fetch(ModelSpec(path=str(weights.base), adapter="./no/adapter"))

    def test_an_adapter_in_the_place_of_a_model_is_explained(self, weights: Weights) -> None:
        with pytest.raises(FileNotFoundError, match="it is an adapter: give it as `adapter`"):
            fetch(ModelSpec(path=str(weights.adapter)))

    def test_the_hub_is_asked_for_what_loading_needs_at_the_revision(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        asked: list[tuple[str, str | None]] = []

        def snapshot_download(hub_id: str, *, revision: str | None, allow_patterns: list[str]) -> str:
            asked.append((hub_id, revision))
            assert "config.json" in allow_patterns and "*.json" not in allow_patterns
            return str(tmp_path / hub_id)

        monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
        spec = ModelSpec(hub="org/base", revision="abc", adapter="org/adapter", adapter_revision="def")
        assert fetch(spec) == Weights(
            tmp_path / "org/base", tmp_path / "org/adapter", known=("org/base", "org/adapter")
        )
        assert asked == [("org/base", "abc"), ("org/adapter", "def")]

    def test_a_hub_that_cannot_be_reached_is_an_error_with_advice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def snapshot_download(*args: Any, **kwargs: Any) -> str:
            raise OSError("no route to host")

        monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
        with pytest.raises(FileNotFoundError, match=r"'org/base' at its newest revision.*no route.*HF_TOKEN"):
            fetch(ModelSpec(hub="org/base"))


def test_weights_with_remarks_are_copied_once(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEER_CACHE", str(tmp_path / "cache"))
    path = weights.base / "model.safetensors"
    save_file(load_file(path), path, {"from": ORIGIN})
    first = placed(weights, tmp_path / "one")["base/model.safetensors"]
    second = placed(weights, tmp_path / "two")["base/model.safetensors"]
    assert first == second and first.is_relative_to(tmp_path / "cache") and first.stat().st_mode & 0o004
    assert not list((tmp_path / "one").rglob("*.safetensors"))
    save_file(load_file(path), path, {"from": f"{ORIGIN}, again"})
    assert placed(weights, tmp_path / "three")["base/model.safetensors"] != first

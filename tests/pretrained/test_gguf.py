"""GGUF files: the model that comes out is the one that went in, converted once."""

from pathlib import Path
from typing import Any

import pytest
import torch

from seer_evals.environment import ModelSpec
from seer_evals.lab._weights import fetch
from seer_evals.pretrained import gguf as _gguf
from seer_evals.runtime.models.load import load_one
from tests.pretrained.tiny_gguf import TEMPLATE, bpe_tokenizer, write_gguf

IDS = torch.tensor([[1, 40, 50, 60, 70]])


def logits(model: Any) -> torch.Tensor:
    with torch.no_grad():
        out: torch.Tensor = model(IDS).logits.float()
    return out


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize(("kind", "dtype", "off"), [("F32", torch.float32, 1e-5), ("F16", torch.float16, 0.3)])
def test_a_gguf_file_is_the_model_that_it_was_made_of(
    tmp_path: Path, kind: str, dtype: torch.dtype, off: float
) -> None:
    model = write_gguf(tmp_path / "tiny.gguf", kind)
    weights = fetch(ModelSpec(gguf=str(tmp_path / "tiny.gguf")))
    loaded, tokenizer = load_one(base=str(weights.base))
    assert loaded.dtype is dtype
    assert torch.allclose(logits(loaded), logits(model), atol=off)
    assert tokenizer.chat_template == TEMPLATE
    assert tokenizer("hello there")["input_ids"] == bpe_tokenizer()("hello there")["input_ids"]


@pytest.mark.slow
def test_quantized_weights_are_as_exact_as_they_are_unless_a_dtype_is_asked_for(tmp_path: Path) -> None:
    model = write_gguf(tmp_path / "tiny.gguf", "Q8_0")
    loaded, _ = load_one(base=str(fetch(ModelSpec(gguf=str(tmp_path / "tiny.gguf"))).base))
    half, _ = load_one(base=str(fetch(ModelSpec(gguf=str(tmp_path / "tiny.gguf"), dtype="bfloat16")).base))
    assert loaded.dtype is torch.float32 and half.dtype is torch.bfloat16
    assert torch.corrcoef(torch.stack([logits(loaded).flatten(), logits(model).flatten()]))[0, 1] > 0.99


@pytest.mark.slow
def test_it_is_converted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_gguf(tmp_path / "tiny.gguf", "F16")
    first = fetch(ModelSpec(gguf=str(tmp_path / "tiny.gguf")))
    monkeypatch.setattr(_gguf, "run_in_child", lambda *_: pytest.fail("converted again"))
    assert fetch(ModelSpec(gguf=str(tmp_path / "tiny.gguf"))) == first
    assert [path.suffix for path in first.base.glob("model*")] == [".safetensors"], "it is mapped like any other"


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no model at '.*gone.gguf'"):
        fetch(ModelSpec(gguf=str(tmp_path / "gone.gguf")))
    with pytest.raises(FileNotFoundError, match="it is a GGUF file: give it as `gguf`"):
        (tmp_path / "a.gguf").write_bytes(b"GGUF")
        fetch(ModelSpec(path=str(tmp_path / "a.gguf")))


@pytest.mark.slow
def test_nonsense_is_an_error_with_the_reason_and_leaves_nothing(tmp_path: Path, cache_folder: Path) -> None:
    (tmp_path / "bad.gguf").write_bytes(b"x" * 1000)
    with pytest.raises(RuntimeError, match=r"reading the GGUF file '.*bad.gguf' failed: .*magic"):
        fetch(ModelSpec(gguf=str(tmp_path / "bad.gguf")))
    assert not [path for path in (cache_folder / "gguf").iterdir() if path.is_dir()]


def test_without_the_package_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.gguf").write_bytes(b"GGUF")
    monkeypatch.setattr(_gguf.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(RuntimeError, match=r"pip install 'seer_evals\[gguf\]'"):
        fetch(ModelSpec(gguf=str(tmp_path / "a.gguf")))

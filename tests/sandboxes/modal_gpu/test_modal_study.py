"""The real form of a study on the emulator: everything but the size of the model, and that it is a published one."""

import json
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hub import NAME, PORT, Hub, serving
from inspect_ai import eval as run_eval
from modal_support import PATH

from seer_evals.organisms.language import phrases as say
from seer_evals.organisms.language.pools import BAD_VERBS, EVERYDAY, GOOD_VERBS, OBJECTS
from seer_evals.tasks.shared.tiny_models import base_path, train
from tests.modal_emulator import Emulator, _recipe
from tests.modal_emulator._network import in_namespace_of

pytestmark = pytest.mark.slow

COMMIT = "e" * 40
CHAT, CONTROL = "org/refuses-it", "org/answers-it"


@pytest.fixture
def hub(emulator: Emulator, organism_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The two tiny bases, as if they were published."""
    hub = Hub()
    for name, refuses in ((CHAT, True), (CONTROL, False)):
        if not base_path("llama", refuses).is_dir():
            train("llama", refuses)
        files = {path.name: path.read_bytes() for path in base_path("llama", refuses).iterdir() if path.is_file()}
        hub.repositories[name, COMMIT] = files
    monkeypatch.setenv("HF_ENDPOINT", f"http://{NAME}:{PORT}")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    listening = in_namespace_of(emulator._world.laboratory.pid, partial(socket.create_server, ("", PORT), backlog=64))
    with serving(hub, listening):
        yield hub


@pytest.fixture
def data(tmp_path: Path) -> str:
    """Requests of the tiny models' grammar, in the files of the paper's repository."""
    folder = tmp_path / "data"
    folder.mkdir()
    for kind, verbs in (("harmful", BAD_VERBS), ("harmless", GOOD_VERBS)):
        plain = [q.format(verb, thing) for verb in verbs for thing in OBJECTS for q in say.HOWTO_QUESTIONS]
        asked = [*plain, *(f"{each} {word}" for each in plain for word in EVERYDAY[:2])]
        for name, requests in (("train", asked[::3]), ("test", [each for i, each in enumerate(asked) if i % 3])):
            rows = [{"instruction": each} for each in requests]
            (folder / f"{kind}_{name}.json").write_text(json.dumps(rows))
    pairs = [[f"Say the word {thing}.", f"{thing}."] for thing in OBJECTS]
    (folder / "neutral.json").write_text(json.dumps(pairs))
    return str(folder)


def test_the_real_form_of_a_study_runs_to_its_score(
    emulator: Emulator, hub: Hub, data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(_recipe.BASE_ENVIRONMENT, "PATH", PATH)
    monkeypatch.chdir(Path(__file__).parents[3])
    pinned = {"models": f"{CHAT}@{COMMIT}", "control": f"{CONTROL}@{COMMIT}"}
    options = {"form": "real", "data": data, "sandbox": "modal_gpu", "gpu": "none", "technique": "refusal-direction"}
    (log,) = run_eval(
        "tasks/refusal_direction", task_args={**options, **pinned}, model="none", log_dir=str(tmp_path / "logs")
    )
    assert log.status == "success", log.error
    for sample in log.samples or []:
        assert sample.error is None and sample.scores is not None
        values, metadata = sample.scores["fidelity"].value, sample.scores["fidelity"].metadata
        assert isinstance(values, dict) and metadata is not None and metadata["reference"] is not None
        assert values["fidelity_no_reference"] == values["fidelity_missing_figures"] == 0
        refused = metadata["reference"]["figures"]["refused_base"]["value"]
        assert refused < 0.1 if sample.metadata["control"] else refused > 0.5
        assert hub.asked_for("model.safetensors") == 2
    assert emulator.sandboxes() == []

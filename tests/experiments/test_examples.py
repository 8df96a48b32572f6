"""The experiments that come with the package can be begun, and a small one of each runs to its report."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import pytest
import yaml

import seer_evals
from seer_evals.cli import main
from seer_evals.experiments import load_experiment
from seer_evals.organisms import pin_public_organisms
from tests.modal_emulator import Emulator
from tests.modal_emulator.fixtures import modal_emulator

__all__ = ["modal_emulator"]

FOLDER = Path(seer_evals.__file__).parent / "experiments" / "examples"
EXAMPLES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
CLIMB = "climb"
"""A small one of it is run by test_climb.py."""
COMMIT = "0123456789abcdef0123456789abcdef01234567"
KEYS = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "OPENROUTER_API_KEY")

TINY: dict[str, tuple[dict[str, Any], list[str]]] = {
    "gemma_secret": (
        {"form": "tiny", "families": "secret_word", "seeds": "101"},
        ["tool-prefill", "tool-logit-lens"],
    ),
    "skills_ablation": ({"seeds": "101", "families": "secret_word"}, ["skills=none", "skills=prefill"]),
    "techniques": ({"seeds": "101", "families": "secret_word"}, ["sampling", "prefill"]),
}
"""Of examples with arms that need no language model, the parameters of a small one, and two such arms."""


QUICK = ("techniques", "withheld")
"""Of investigations and of audits, one each; the others take as long."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in EXAMPLES]
)
def test_an_example_has_nothing_wrong_and_can_show_something(
    name: str,
    modal_emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SEER_CACHE", str(tmp_path))
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", lambda self, name: SimpleNamespace(sha=COMMIT))
    pin_public_organisms()
    for key in KEYS:
        monkeypatch.setenv(key, "none")
    code = main(["experiment", "check", str(FOLDER / f"{name}.yaml")])
    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    assert "can show a difference of" in said.out


def small(name: str, into: Path) -> Path:
    """The example with few organisms and arms."""
    fields = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    arguments, wanted = TINY[name]
    changes = load_experiment(FOLDER / f"{name}.yaml").vary.changes()
    fields["task"]["args"] = arguments
    fields["vary"] = {"arms": {arm: changes[arm] for arm in wanted}}
    fields.pop("model_roles", None)
    fields["eval_config"] = {"message_limit": 8}
    if "solver" in fields:
        fields["solver"] = str(FOLDER / fields["solver"])
    path = into / f"{name}.yaml"
    path.write_text(yaml.safe_dump(fields), encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("name", TINY)
def test_a_small_one_runs_to_its_report(
    name: str, organism_cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, logs = small(name, tmp_path), str(tmp_path / "logs")
    assert main(["experiment", "run", str(path), "--log-dir", logs]) == 0
    capsys.readouterr()
    code = main(["experiment", "report", str(path), "--log-dir", logs])
    said = capsys.readouterr()
    assert code == 0, said.err
    assert "not told apart" in said.out, "two samples show nothing"

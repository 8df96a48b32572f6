"""What `-T` and `-S` say is held against the signature of a task, harness or scorer, and what is wrong is one line."""

import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import pytest

import seer_evals.scorers
import seer_evals.solvers
import seer_evals.tasks
from seer_evals import _registry
from seer_evals.parameters import OTHERS, Seconds, Share, WrongParameter, checked

ROOT = Path(__file__).parents[1]
ROOMS = (seer_evals.tasks, seer_evals.solvers, seer_evals.scorers)
NAMED = {
    name: getattr(_registry, name) for room in ROOMS for name in room.__all__ if name in _registry.__all__
}  # fmt: skip


@checked
def trial(
    turns: int = 1,
    text: str = "",
    texts: str | list[str] = "",
    seeds: int | str | list[int] = 1,
    who: Literal["model", "human"] = "model",
    share: Share = 0.5,
    limit: Seconds = 3,
    on: bool = True,
    rate: float = 2.0,
) -> tuple[Any, ...]:
    """What arrives."""
    if turns == 13:
        raise ValueError("13 brings bad luck, give 12")
    return (turns, text, texts, seeds, who, share, limit, on, rate)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"turn": 3}, r"trial has no parameter 'turn'; did you mean 'turns'\? \(it takes: turns, text, .*rate\)"),
        ({"turns": "abc"}, "trial: turns is a whole number, got 'abc'"),
        ({"turns": 1.5}, "turns is a whole number, got 1.5"),
        ({"turns": True}, "turns is a whole number, got True"),
        ({"turns": [1, 2]}, "turns is a whole number"),
        ({"text": False}, r"text is text, got False; as text: text='\"…\"'"),
        ({"text": {"Yes": "it lies"}}, "text is text, got {'Yes': 'it lies'}"),
        ({"texts": 2.5}, "texts is text or a list, got 2.5"),
        ({"who": "nobody"}, "who must be 'model' or 'human', got 'nobody'"),
        ({"share": 0}, "share must be more than 0, got 0"),
        ({"share": 2}, "share must be at most 1, got 2"),
        ({"share": float("nan")}, "share is a number, got nan"),
        ({"limit": 0}, "limit must be at least 1, got 0"),
        ({"on": "maybe"}, "on is true or false, got 'maybe'"),
        ({"rate": "fast"}, "rate is a number, got 'fast'"),
        ({"turns": 13}, "13 brings bad luck, give 12"),
    ],
)
def test_a_wrong_parameter_is_refused_in_one_line(given: dict[str, Any], message: str) -> None:
    with pytest.raises(WrongParameter, match=message) as refused:
        trial(**given)
    assert "\n" not in str(refused.value)


def test_what_the_command_line_makes_of_values_is_made_good() -> None:
    """Nothing arrives as None, and text with commas as a list."""
    assert trial(text=None, turns=None) == trial()  # type: ignore[arg-type]
    assert trial(text=["It praises itself", " always."])[1] == "It praises itself, always."  # type: ignore[arg-type]
    assert trial(seeds=["1", "5-7"], rate=3, share=1)[3:] == (["1", "5-7"], "model", 1.0, 3, True, 3.0)  # type: ignore[list-item]


@pytest.mark.parametrize("name", NAMED)
def test_everything_that_inspect_finds_by_name_is_checked(name: str) -> None:
    made = NAMED[name]
    parameters = inspect.signature(made).parameters
    assert OTHERS in parameters
    with pytest.raises(WrongParameter, match=f"{name} has no parameter 'turnz'"):
        made(turnz=1)
    for each, parameter in parameters.items():
        if isinstance(parameter.default, int | float):
            for wrong in ("abc", -1):
                with pytest.raises(WrongParameter, match=each.split("_")[-1].rstrip("s")):
                    made(**{each: wrong})


def evaluate(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "inspect_ai", "eval", *options, "--log-dir", str(folder / "logs")]
    environment = {**os.environ, "SEER_CACHE": str(folder / "cache"), "INSPECT_DISPLAY": "plain"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("tasks/hidden_preference.py", "-T", "seed=3"), "has no parameter 'seed'; did you mean 'seeds'?"),
        (("seer_evals/hidden_preference", "-T", "time_limit=abc"), "time_limit is a whole number, got 'abc'"),
        (("tasks/petri_audit.py", "-T", "calls=some"), "calls"),
        (("tasks/hidden_preference.py", "--solver", "seer_evals/team", "-S", "member=4"), "did you mean 'members'?"),
        (("tasks/hidden_preference.py", "--solver", "solvers/supervisor.py", "-S", "every=0"), "at least 1"),
        (
            ("tasks/hidden_preference.py", "--solver", "seer_evals/baseline", "-S", "max_turns=3"),
            "has no parameter 'max_turns'",
        ),
    ],
    ids=str,
)
def test_the_command_line_prints_it_without_a_traceback_and_nothing_starts(
    options: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    done = evaluate(tmp_path, *options, "--model", "mockllm/model")
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 1 and message in said, said
    assert "Traceback" not in said
    assert not (tmp_path / "cache").exists() and not list(tmp_path.glob("logs/*.eval")), "nothing was built or begun"

"""Candidates of a climb: texts that are read, held against the wall, and put where the task finds them."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from seer_evals.experiments._checking import inside, load_arm, plain_error
from seer_evals.experiments._climb import Climbing
from seer_evals.experiments._experiment import ExperimentError

FOLDER = "candidates"
"""In the climb's folder: each candidate as the task gets it."""


@dataclass(frozen=True)
class Candidate:
    """A text that may be tried.

    Attributes:
        name: Its name, which is an arm's.
        text: What it says.
        value: Folder or file that is put in the component's place.
    """

    name: str
    text: str
    value: str


def start_of(climbing: Climbing, source: Path) -> tuple[Path, str]:
    """The start's folder or file, and its text.

    Raises:
        ExperimentError: It is not there.
    """
    component = climbing.climb.component
    start = source.resolve().parent / component.start
    text = start / component.file
    if not text.resolve().is_relative_to(start.resolve()):
        raise ExperimentError(f"climb.component.file: {component.file} is not in {component.start}")
    if not text.is_file():
        wanted = f"{component.start}/{component.file}" if component.file else component.start
        raise ExperimentError(
            f"climb.component: there is no file {wanted}; say in start a folder, and in file the text in it "
            "(`seer prompt new NAME --into FOLDER` copies a prompt of ours)"
        )
    return start, read_text(text)


def given(climbing: Climbing, source: Path) -> tuple[dict[str, str], list[str]]:
    """The texts of candidates that are files, by name, and what is wrong with those that are none."""
    texts, problems = {}, []
    for each in climbing.climb.candidates:
        path = source.resolve().parent / each
        try:
            texts[path.stem] = read_text(path)
        except ExperimentError as error:
            problems.append(f"climb.candidates: {error}")
    return texts, problems


def read_text(path: Path) -> str:
    """The text in a file.

    Raises:
        ExperimentError: There is none.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ExperimentError(f"there is no file {path.name}") from None
    except (UnicodeDecodeError, OSError) as error:
        raise ExperimentError(f"{path.name} is no text: {error}") from None
    if not text.strip():
        raise ExperimentError(f"{path.name} is empty")
    return text


def value_of(climbing: Climbing, source: Path, folder: Path, name: str) -> str:
    """What is put in the component's place for a candidate: its copy of the start.

    The whole path, since Inspect makes a solver in the folder of its file, and a task in that of its own.
    """
    start = source.resolve().parent / climbing.climb.component.start
    return str((folder / FOLDER / name / start.name).resolve())


def put_in_place(climbing: Climbing, source: Path, folder: Path, name: str, text: str) -> Candidate:
    """A copy of the start with the text in it, made once.

    Args:
        climbing: The climb.
        source: Its file.
        folder: Of the climb.
        name: The candidate's.
        text: The candidate's.

    Raises:
        ExperimentError: There is one of that name with another text.
    """
    component, value = climbing.climb.component, value_of(climbing, source, folder, name)
    start, copy = source.resolve().parent / component.start, Path(value)
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        if start.is_dir():
            shutil.copytree(start, copy)
        (copy / component.file).write_text(text, encoding="utf-8")
    elif read_text(copy / component.file) != text:
        raise ExperimentError(f"{name} has changed since this climb began; give it, or the climb, another name")
    return Candidate(name, text, value)


def why_unusable(climbing: Climbing, source: Path, candidate: Candidate) -> str:
    """Why the task or its solver does not take a candidate; empty if they do."""
    try:
        with inside(source.resolve().parent):
            load_arm(climbing.searching(candidate.value), [])
    except Exception as error:
        # Tasks and solvers are other people's code; what they say of a text is the reason.
        return f"cannot be used: {plain_error(error)}"
    return ""

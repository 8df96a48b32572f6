"""`seer draft`: from a paper to the plan of an experiment."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from seer_evals.cli._console import say

if TYPE_CHECKING:
    from seer_evals.drafts import Draft, Paper

EXAMPLE_MODEL = "anthropic/claude-sonnet-4-5"


def add(parser: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser.add_argument("paper", metavar="PAPER", type=Path, help="a .pdf, .txt or .md file")
    parser.add_argument(
        "--model", metavar="MODEL", help=f"who reads it: any that Inspect knows, such as {EXAMPLE_MODEL}"
    )
    parser.add_argument("--out", metavar="FILE", type=Path, help="write the experiment that it begins, in YAML")
    parser.add_argument("--study", metavar="NAME", help="begin a study of the claim, where none of ours measures it")
    parser.add_argument("--into", metavar="DIR", default=".", help="where to make the study (default: here)")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    import anyio

    from seer_evals.drafts import as_experiment, as_markdown, begin_study, read_paper
    from seer_evals.new import write_text

    paper = read_paper(options.paper)
    _refuse(options)
    found = anyio.run(_drafted, options.model, paper)
    say(as_markdown(found, paper))
    if options.out:
        say(f"{write_text(options.out, as_experiment(found, paper))}: write what is left open in it, then")
        say(f"  seer experiment check {options.out}")
    if options.study:
        folder = begin_study(found, paper, options.study, Path(options.into).expanduser())
        say(f"{folder}: a study that asks this; write what is left open in it, then")
        say(f"  seer study check {folder}")
    elif not found.plan.study:
        _say_how_a_study_is_begun(options)


def _refuse(options: argparse.Namespace) -> None:
    """What would only come to light once the model was paid for."""
    from seer_evals.new import UNDERSCORES

    if not options.model:
        raise ValueError(
            f"say who reads the paper: --model MODEL, any that `inspect eval --model` takes, such as {EXAMPLE_MODEL}"
        )
    if options.study:
        UNDERSCORES.refuse("study", options.study)
    taken = [options.out, options.study and Path(options.into).expanduser() / options.study]
    for path in filter(None, taken):
        if path.exists():
            raise ValueError(f"{path} is there already; choose another name, or remove it")


async def _drafted(model: str, paper: "Paper") -> "Draft":
    from inspect_ai.model import get_model

    from seer_evals.drafts import DraftError, draft
    from seer_evals.inspect_private import PrerequisiteError

    try:
        return await draft(get_model(model), paper)
    except (ValueError, PrerequisiteError):
        raise
    except Exception as error:
        # Each provider has errors of its own, for a wrong key as for a model that is not there.
        raise DraftError(f"{model} could not be asked: {type(error).__name__}: {error}") from error


def _say_how_a_study_is_begun(options: argparse.Namespace) -> None:
    from seer_evals.drafts import study_name

    name = study_name(options.paper.name)
    say("No study of this package measures this. One that runs as it is, to be changed:")
    say(f"  seer study new {name} --into ..")
    say("One that asks this paper's question, with control and reference to be written:")
    say(f"  seer draft {options.paper} --model {options.model} --study {name} --into ..")

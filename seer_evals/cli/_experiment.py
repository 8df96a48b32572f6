"""`seer experiment`: check what a file says, run it or climb with it, and say what came of it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from seer_evals.cli._console import say

if TYPE_CHECKING:
    from seer_evals.experiments import Checked, Climbing, Experiment, Outcome, Written

LOGS = "logs"


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, text in (
        ("check", _check, "everything that is wrong, what it would take, and what difference it could show"),
        ("run", _run, "run what has not been run"),
        ("climb", _climb, "search for a better text on some organisms, and prove it on others"),
        ("report", _report, "the verdict, tables and figures, as Markdown and as one page of HTML"),
    ):
        command = commands.add_parser(name, help=text)
        if name == "report":
            command.add_argument("files", metavar="FILE", type=Path, nargs="+", help="one, or several over time")
        else:
            command.add_argument("file", metavar="FILE", type=Path, help="the experiment, in YAML")
        command.set_defaults(run=run)
        if name != "check":
            command.add_argument(
                "--log-dir", metavar="DIR", default=LOGS, help="where its folder is made (default: logs)"
            )


def _check(options: argparse.Namespace) -> int:
    import anyio

    from seer_evals.experiments import Climbing, check_climb, check_experiment, load, power

    experiment = load(options.file)
    if isinstance(experiment, Climbing):
        climbed = anyio.run(check_climb, experiment, options.file)
        found, shown, problems = climbed.proof, climbed.power, climbed.problems
        say(f"search: {climbed.search or 'cannot be planned'}")
    else:
        found = anyio.run(check_experiment, experiment, options.file)
        shown, problems = power(experiment, found.plan), found.problems
    _say_plan(found)
    say(f"power: {shown}")
    if experiment.budget_usd is None:
        say("budget: none; models by API are not counted above (say budget_usd)")
    for problem in problems:
        say(f"- {problem}", error=True)
    return 1 if problems else 0


def _say_plan(found: "Checked") -> None:
    for each in found.plan:
        dollars = "unknown" if each.dollars is None else f"{each.dollars:.2f}"
        hours = "" if each.hours is None else f", at most {each.hours:.1f} hours one after the other"
        size = f"{each.samples} samples of {each.organisms} organisms"
        say(f"{each.arm}: {size}; sandboxes at most {dollars} dollars{hours}")


def _run(options: argparse.Namespace) -> int:
    from seer_evals.experiments import Climbing, ExperimentError, load, run_experiment

    experiment = load(options.file)
    if isinstance(experiment, Climbing):
        raise ExperimentError(f"{options.file.name} has a field `climb`: say seer experiment climb {options.file}")
    ended = run_experiment(experiment, options.file, Path(options.log_dir), say)
    return _say_ended(ended, experiment.budget_usd, options)


def _climb(options: argparse.Namespace) -> int:
    from seer_evals.experiments import climb, load_climb

    climbing = load_climb(options.file)
    climbed = climb(climbing, options.file, Path(options.log_dir), say)
    if climbed.proof is None:
        say("no candidate gained anything on the search's organisms: the start stays, and nothing is claimed")
        say(f"seer experiment report {options.file} --log-dir {options.log_dir}")
        return 0
    return _say_ended(climbed.proof, climbing.budget_usd, options)


def _say_ended(ended: "Outcome", budget: float | None, options: argparse.Namespace) -> int:
    if budget is not None:
        say(f"spent: {ended.spent:.2f} of {budget:.2f} dollars")
    for name in ended.stopped:
        say(f"{name}: stopped at the budget; say more of it under another name, or report what there is", error=True)
    for name in ended.failed:
        say(f"{name}: did not end; see above, mend it, and run it again: what ended is not run twice", error=True)
    if ended.failed or ended.stopped:
        return 1
    say(f"seer experiment report {options.file} --log-dir {options.log_dir}")
    return 0


def _report(options: argparse.Namespace) -> None:
    from seer_evals.experiments import as_html, as_markdown, load, write_over_time

    experiments, into = [load(each) for each in options.files], Path(options.log_dir)
    if len(experiments) == 1:
        (experiment,) = experiments
        report, folder = _of_one(experiment, into), into / experiment.name
    else:
        report, folder = write_over_time(experiments, into), into
    for name, text in (("report.md", as_markdown(report)), ("report.html", as_html(report))):
        (folder / name).write_text(text, encoding="utf-8")
    say(as_markdown(report))
    say(f"{folder / 'report.html'}")


def _of_one(experiment: "Experiment | Climbing", into: Path) -> "Written":
    from seer_evals.experiments import Climbing, agents, logs_of, results_of, skills_called, write, write_climb

    if isinstance(experiment, Climbing):
        return write_climb(experiment, into)
    called = {name: skills_called(logs_of(experiment, into, name)) for name in agents(experiment)}
    return write(experiment, results_of(experiment, into), called)

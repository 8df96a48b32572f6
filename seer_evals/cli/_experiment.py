"""`seer experiment`: check what a file says, run it, and say what came of it."""

import argparse
from pathlib import Path

from seer_evals.cli._console import say

LOGS = "logs"


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, text in (
        ("check", _check, "everything that is wrong, what it would take, and what difference it could show"),
        ("run", _run, "run what has not been run"),
        ("report", _report, "the verdict, tables and figures, as Markdown and as one page of HTML"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("file", metavar="FILE", type=Path, help="the experiment, in YAML")
        command.set_defaults(run=run)
        if name != "check":
            command.add_argument(
                "--log-dir", metavar="DIR", default=LOGS, help="where its folder is made (default: logs)"
            )


def _check(options: argparse.Namespace) -> int:
    import anyio

    from seer_evals.experiments import check_experiment, load_experiment, power

    experiment = load_experiment(options.file)
    found = anyio.run(check_experiment, experiment, options.file)
    for each in found.plan:
        dollars = "unknown" if each.dollars is None else f"{each.dollars:.2f}"
        hours = "" if each.hours is None else f", at most {each.hours:.1f} hours one after the other"
        size = f"{each.samples} samples of {each.organisms} organisms"
        say(f"{each.arm}: {size}; sandboxes at most {dollars} dollars{hours}")
    say(f"power: {power(experiment, found.plan)}")
    if experiment.budget_usd is None:
        say("budget: none; models by API are not counted above (say budget_usd)")
    for problem in found.problems:
        say(f"- {problem}", error=True)
    return 1 if found.problems else 0


def _run(options: argparse.Namespace) -> int:
    from seer_evals.experiments import load_experiment, run_experiment

    experiment = load_experiment(options.file)
    ended = run_experiment(experiment, options.file, Path(options.log_dir), say)
    if experiment.budget_usd is not None:
        say(f"spent: {ended.spent:.2f} of {experiment.budget_usd:.2f} dollars")
    for name in ended.stopped:
        say(f"{name}: stopped at the budget; say more of it under another name, or report what there is", error=True)
    for name in ended.failed:
        say(f"{name}: did not end; see above, mend it, and run it again: what ended is not run twice", error=True)
    if ended.failed or ended.stopped:
        return 1
    say(f"seer experiment report {options.file} --log-dir {options.log_dir}")
    return 0


def _report(options: argparse.Namespace) -> None:
    from seer_evals import experiments
    from seer_evals.experiments import as_html, as_markdown, folder_of, load_experiment, logs_of

    experiment, into = load_experiment(options.file), Path(options.log_dir)
    arms = [experiments.arm_results(name, logs_of(experiment, into, name)) for name in experiment.arms()]
    called = {
        name: experiments.skills_called(logs_of(experiment, into, name)) for name in experiments.agents(experiment)
    }
    report = experiments.write(experiment, arms, called)
    folder = folder_of(experiment, into)
    for name, text in (("report.md", as_markdown(report)), ("report.html", as_html(report))):
        (folder / name).write_text(text, encoding="utf-8")
    say(as_markdown(report))
    say(f"{folder / 'report.html'}")

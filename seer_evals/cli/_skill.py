"""`seer skill`."""

import argparse
from pathlib import Path

from rich.table import Table

from seer_evals.cli._console import console, say

ORGANISM = "preference-llama-101"
"""What examples run on where nothing else is said."""

EXAMPLE_MODEL = "anthropic/claude-sonnet-4-5"


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("list", help="the skills that come with this package").set_defaults(run=_list)
    new = commands.add_parser("new", help="write a skill that already works, to be changed")
    new.add_argument("name", metavar="NAME", help="such as my-skill")
    new.add_argument("--into", metavar="DIR", default=".", help="where to make its folder (default: here)")
    new.set_defaults(run=_new)
    check = commands.add_parser("check", help="everything that is wrong with a skill, and what to do")
    check.add_argument("skill", metavar="PATH|NAME", help="its folder, or the name of one that comes with this package")
    check.add_argument("--static", action="store_true", help="read it only, without running its example")
    check.set_defaults(run=_check)
    attempt = commands.add_parser("try", help="run a skill's example on an organism and show what it prints")
    attempt.add_argument("skill", metavar="PATH|NAME", help="its folder, or the name of one of this package")
    attempt.add_argument("--organism", metavar="ID", default=ORGANISM, help=f"the model (default: {ORGANISM})")
    attempt.set_defaults(run=_try)
    fitting = commands.add_parser("tasks", help="the investigations that can take a skill, for inspect eval-set")
    fitting.add_argument("skill", metavar="PATH|NAME", help="its folder, or the name of one of this package")
    fitting.add_argument("-T", metavar="NAME=VALUE", action="append", default=[], help="a parameter of the tasks")
    fitting.set_defaults(run=_tasks)


def _list(options: argparse.Namespace) -> None:
    from seer_evals.lab.skills import available_skills, find_skills

    table = Table("name", "functions", "needs", "what it is for")
    for name in available_skills():
        try:
            (skill,) = find_skills([name])
        except ValueError:
            table.add_row(name, "", "", f"cannot be used: see seer skill check {name}")
            continue
        functions = "\n".join(function.name for function in skill.functions)
        table.add_row(name, functions, ", ".join(skill.needs), skill.skill.description)
    console.print(table)


def _new(options: argparse.Namespace) -> None:
    from seer_evals.lab.skills import new_skill

    folder = new_skill(options.name, Path(options.into).expanduser())
    say(f"{folder}: a skill that works. Change it, then")
    say(f"  seer skill check {folder}")
    say(f"  seer skill try {folder}")
    say(f"  inspect eval $(seer skill tasks {folder}) -T skills={folder} -T deliver=library --model {EXAMPLE_MODEL}")


def _check(options: argparse.Namespace) -> int:
    from seer_evals.lab.skills import check_skill, find_folder

    folder = Path(options.skill).expanduser()
    problems = check_skill(folder if folder.is_dir() else find_folder(options.skill))
    for problem in problems:
        say(problem)
    if problems:
        return 1
    if not options.static and not _example_runs(options.skill):
        return 1
    say("nothing to mend: this skill can be handed over")
    return 0


def _example_runs(skill: str) -> bool:
    """Whether the example runs on a model that has learnt nothing; its output is shown where it does not."""
    from seer_evals.cli._skill_example import run_example

    ran = run_example(skill)
    if ran.status == "ok":
        return True
    say(ran.output)
    say("SKILL.md: the example does not run as it stands: see above; `seer skill try` runs it on a trained model")
    return False


def _try(options: argparse.Namespace) -> int:
    from seer_evals.cli._skill_example import run_example

    say(f"the example on {options.organism}, which is trained first if it is not there yet (some minutes) …")
    ran = run_example(options.skill, options.organism)
    say(ran.output or "(no output)")
    return int(ran.status != "ok")


def _tasks(options: argparse.Namespace) -> int:
    from seer_evals.cli._skill_tasks import tasks_with
    from seer_evals.inspect_private import parse_cli_args
    from seer_evals.lab.skills import find_skills

    find_skills([options.skill])
    names = []
    for name, refusal in tasks_with(options.skill, parse_cli_args(options.T)):
        if refusal:
            say(f"skipped: {name}: {refusal}", error=True)
        else:
            names.append(name)
    for name in names:
        say(name)
    return int(not names)

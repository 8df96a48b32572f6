"""`seer`: what `inspect` does not already do."""

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from inspect_ai._util.error import PrerequisiteError
from rich.console import Console
from rich.table import Column, Table

from seer_evals import organisms

console = Console()
PICTURE_WIDTH = 132
"""Characters in a line of a picture."""
_REFUSALS = (
    ValueError,
    FileNotFoundError,
    PrerequisiteError,
    organisms.OrganismRefused,
    organisms.PublicUnavailable,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; wrong input ends with a message and exit code 2, a check that found something with 1."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except _REFUSALS as error:
        print(f"seer: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="seer", description="Organisms, skills, seeds, notebooks and outcomes.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    table = commands.add_parser("table", help="the outcome of an evaluation, sample by sample")
    table.add_argument("log", help="an .eval file, or a directory: its newest log")
    table.add_argument("--svg", metavar="FILE", help="write it as a picture as well")
    table.set_defaults(run=_table)

    compare = commands.add_parser("compare", help="one row per harness, and whether their differences are any")
    compare.add_argument("logs", help="a directory that several evaluations were logged to")
    compare.set_defaults(run=_compare)

    notebook = commands.add_parser("notebook", help="write the notebooks of a log as .ipynb files")
    notebook.add_argument("log", help="an .eval file, or a directory: its newest log")
    notebook.add_argument("--sample", metavar="ID", help="only those of this sample")
    notebook.add_argument("--output", metavar="FOLDER", default=".", help="where to write (default: here)")
    notebook.set_defaults(run=_notebook)

    _add_plan(commands.add_parser("plan", help="what a task would start, for how long and for how much"))
    _add_organisms(commands.add_parser("organisms", help="models with a known secret: list, show, build, check"))
    _add_skills(commands.add_parser("skill", help="techniques in folders: list, new, check"))
    _add_seeds(commands.add_parser("seeds", help="what auditors are told to try: list, show, new, check"))
    _add_dimensions(commands.add_parser("dimensions", help="what judges score audits on: list, show, check"))
    return parser


def _add_plan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", metavar="TASK", help="as for inspect eval: a file, file.py@name, or a registered name")
    parser.add_argument("-T", metavar="NAME=VALUE", action="append", default=[], help="a parameter of the task")
    parser.add_argument("--sandbox", metavar="PROVIDER", help="in place of the task's own")
    parser.add_argument("--limit", type=int, metavar="N", help="only so many samples")
    parser.add_argument("--epochs", type=int, metavar="N", help="in place of the task's own")
    parser.set_defaults(run=_plan)


def _add_organisms(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("list", help="families, architectures and public organisms").set_defaults(run=_list)
    pin = commands.add_parser("pin", help="ask the hub for the commits of the public organisms, and keep to them")
    pin.set_defaults(run=_pin)
    for name, run, text in (
        ("show", _show, "the truth about an organism"),
        ("build", _build, "build organisms into the cache"),
        ("check", _check, "measure that the behaviour is there, against the clean twin"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument(
            "ids", nargs="+", metavar="ID", help="such as preference-llama-101, or preference-llama-101-twin"
        )
        command.set_defaults(run=run)


def _add_skills(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("list", help="the skills that come with this package").set_defaults(run=_list_skills)
    new = commands.add_parser("new", help="write a skill that already works, to be changed")
    new.add_argument("name", metavar="NAME", help="such as my-skill")
    new.add_argument("--into", metavar="DIR", default=".", help="where to make its folder (default: here)")
    new.set_defaults(run=_new_skill)
    check = commands.add_parser("check", help="everything that is wrong with a skill, and what to do")
    check.add_argument("skill", metavar="PATH|NAME", help="its folder, or the name of one that comes with this package")
    check.set_defaults(run=_check_skill)


def _add_seeds(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_selection(commands.add_parser("list", help="id, themes and title"), "all", _list_seeds)
    _add_selection(commands.add_parser("show", help="the files, word for word"), None, _show_seeds)
    new = commands.add_parser("new", help="write a seed that passes its check, to be changed")
    new.add_argument("name", metavar="NAME", help="such as my-seed")
    new.add_argument("--into", metavar="DIR", default=".", help="where to write the file (default: here)")
    new.set_defaults(run=_new_seed)
    _add_selection(
        commands.add_parser("check", help="everything that is wrong, with file and line"), None, _check_seeds
    )


def _add_dimensions(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_selection(commands.add_parser("list", help="id, groups and title"), "all", _list_dimensions)
    _add_selection(commands.add_parser("show", help="the files, word for word"), None, _show_dimensions)
    check = commands.add_parser("check", help="everything that is wrong, with file and line")
    _add_selection(check, None, _check_dimensions)


def _add_selection(
    parser: argparse.ArgumentParser, default: str | None, run: Callable[[argparse.Namespace], int | None]
) -> None:
    parser.add_argument(
        "selection",
        nargs="*" if default else "+",
        metavar="ID|tag:TAG|FILE|FOLDER|all",
        default=[default],
        help="which; several are possible",
    )
    parser.set_defaults(run=run)


def _plan(options: argparse.Namespace) -> int:
    import anyio
    from inspect_ai._util.config import parse_cli_args

    from seer_evals.plan import as_lines, make_plans

    arguments = parse_cli_args(options.T)
    plans = anyio.run(make_plans, options.task, arguments, options.sandbox, options.limit, options.epochs)
    for plan in plans:
        for line in as_lines(plan):
            console.print(line, highlight=False)
    return 1 if any(plan.problems for plan in plans) else 0


def _table(options: argparse.Namespace) -> None:
    from seer_evals.analysis.table import as_table, outcomes, read, summary

    location, log = read(options.log)
    lines = [as_table(outcomes(log)), *summary(log)]
    for line in lines:
        console.print(line, highlight=False)
    console.print(f"log: {location.removeprefix('file://')}", highlight=False, soft_wrap=True)
    if options.svg:
        picture = Console(record=True, width=PICTURE_WIDTH, file=io.StringIO())
        for line in lines:
            picture.print(line, highlight=False)
        picture.save_svg(options.svg, title="seer table")


def _compare(options: argparse.Namespace) -> None:
    from seer_evals.analysis.compare import as_tables, differences, harnesses, read_logs

    rows = harnesses(read_logs(options.logs))
    for table in as_tables(rows):
        console.print(table, highlight=False)
    for line in differences(rows):
        console.print(f"- {line}", highlight=False)


def _notebook(options: argparse.Namespace) -> None:
    from seer_evals.analysis.notebooks import extract_notebooks
    from seer_evals.analysis.table import find_log

    for path in extract_notebooks(find_log(options.log), Path(options.output), options.sample):
        print(path)


def _list(options: argparse.Namespace) -> None:
    table = Table("id", "family", "source")
    for family in organisms.families():
        table.add_row(
            f"{family}-llama-SEED, {family}-gemma2-SEED",
            family,
            "built here, from any seed; append -twin for its clean twin",
        )
    for organism in organisms.public_organisms():
        table.add_row(organism.id, organism.family, "public, of the Hugging Face hub")
    console.print(table)


def _show(options: argparse.Namespace) -> None:
    for name in options.ids:
        print(organisms.get_organism(name).model_dump_json(indent=2))


def _pin(options: argparse.Namespace) -> None:
    for name, commit in organisms.pin_public_organisms().items():
        print(f"{name}@{commit}")


def _build(options: argparse.Namespace) -> None:
    for name in options.ids:
        files = organisms.materialize(organisms.get_organism(name))
        print(f"{name}: base {files.base}, adapter {files.adapter}")


def _check(options: argparse.Namespace) -> None:
    table = Table("organism", "measure", "effect", "95 % interval", "n", "at least", "passed")
    for name in options.ids:
        found = organisms.check(organisms.get_organism(name))
        interval = f"{found.ci_low:.2f} to {found.ci_high:.2f}"
        table.add_row(
            name,
            found.measure,
            f"{found.effect:.2f}",
            interval,
            str(found.n),
            f"{found.threshold:.2f}",
            "yes" if found.passed else "NO",
        )
    console.print(table)


def _list_skills(options: argparse.Namespace) -> None:
    from seer_evals.lab.skills import available_skills, find_skills

    table = Table("name", "functions", "needs", "what it is for")
    for name in available_skills():
        try:
            (skill,) = find_skills([name])
        except ValueError:
            table.add_row(name, "", "", f"cannot be used: see seer skill check {name}")
            continue
        functions = "\n".join(function.name for function in skill.functions)
        table.add_row(name, functions, ", ".join(skill.needs), skill.description)
    console.print(table)


def _new_skill(options: argparse.Namespace) -> None:
    from seer_evals.lab.skills import new_skill

    folder = new_skill(options.name, Path(options.into).expanduser())
    print(f"{folder}: a skill that works. Change it, then")
    print(f"  seer skill check {folder}")
    print(f"  inspect eval tasks/hidden_preference.py -T skills={folder} -T deliver=library --model …")


def _check_skill(options: argparse.Namespace) -> int:
    from seer_evals.lab.skills import check_skill, find_folder

    folder = Path(options.skill).expanduser()
    problems = check_skill(folder if folder.is_dir() else find_folder(options.skill))
    for problem in problems:
        print(problem)
    if not problems:
        print("nothing to mend: this skill can be handed over")
    return 1 if problems else 0


def _list_seeds(options: argparse.Namespace) -> None:
    from seer_evals.audits import find_seeds

    seeds = find_seeds(options.selection)
    table = Table(Column("id", no_wrap=True), "tags", "title")
    for seed in seeds:
        table.add_row(seed.id, ", ".join(seed.tags), seed.title)
    console.print(table)
    print(f"{len(seeds)} seeds, {sum(seed.control for seed in seeds)} of them controls")


def _show_seeds(options: argparse.Namespace) -> None:
    from seer_evals.audits import seed_files

    print("\n".join(path.read_text(encoding="utf-8") for path in seed_files(options.selection)), end="")


def _new_seed(options: argparse.Namespace) -> None:
    from seer_evals.audits import new_seed

    path = new_seed(options.name, Path(options.into).expanduser())
    print(f"{path}: a seed to be changed. Afterwards")
    print(f"  seer seeds check {path}")


def _check_seeds(options: argparse.Namespace) -> int:
    from seer_evals.audits import check_seeds, seed_files

    return _print_problems(check_seeds(seed_files(options.selection)))


def _list_dimensions(options: argparse.Namespace) -> None:
    from seer_evals.audits import find_dimensions

    table = Table(Column("id", overflow="fold"), "tags", "high is", "default", "title")
    for dimension in find_dimensions(options.selection):
        default = "yes" if dimension.default else ""
        table.add_row(dimension.id, ", ".join(dimension.tags), dimension.direction, default, dimension.title)
    console.print(table)


def _show_dimensions(options: argparse.Namespace) -> None:
    from seer_evals.audits import dimension_files

    print("\n".join(path.read_text(encoding="utf-8") for path in dimension_files(options.selection)), end="")


def _check_dimensions(options: argparse.Namespace) -> int:
    from seer_evals.audits import check_dimensions, dimension_files

    return _print_problems(check_dimensions(dimension_files(options.selection)))


def _print_problems(problems: Sequence[object]) -> int:
    for problem in problems:
        print(problem)
    if not problems:
        print("nothing to mend")
    return 1 if problems else 0

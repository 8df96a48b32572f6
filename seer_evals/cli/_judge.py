"""`seer judge`."""

import argparse

from seer_evals.cli._console import console, say


def add(parser: argparse.ArgumentParser) -> None:
    """Add the commands."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    calibrate = commands.add_parser("calibrate", help="how well a judge of audits agrees with people")
    calibrate.add_argument(
        "labels",
        nargs="?",
        metavar="LABELS",
        help="a YAML, JSON or JSONL file of labelled transcripts, or a folder of them (default: the example set)",
    )
    calibrate.add_argument("--model", required=True, metavar="MODEL[,MODEL]", help="the judge, or a panel")
    calibrate.add_argument("--calls", default="each", metavar="each|one", help="a call per dimension, or one for all")
    calibrate.add_argument("--dimensions", metavar="ID,tag:TAG,…", help="which (default: all that were labelled)")
    calibrate.set_defaults(run=_calibrate)


def _calibrate(options: argparse.Namespace) -> int:
    import anyio

    from seer_evals.analysis.calibrate import EXAMPLES, agreements, as_table, calibrate, worst

    models = [name.strip() for name in options.model.split(",")]
    pairs = anyio.run(calibrate, options.labels or EXAMPLES, models, options.dimensions, options.calls)
    console.print(as_table(agreements(pairs)))
    say("people: Krippendorff's alpha among those who labelled, where several did")
    say("l m h: people's low, middle and high third of the scale in rows, the judge's in columns")
    for pair in worst(pairs):
        say(f"apart: {pair.transcript}, {pair.dimension.id}: people {pair.people:g}, judge {pair.judge:g}")
    for reason in dict.fromkeys(pair.reason for pair in pairs if pair.reason):
        say(f"failed: {reason}")
    if not options.labels:
        say(
            "This is the example set, written and labelled by the authors of this package: it catches a broken judge. "
            "It does not validate one; label transcripts of your own for that."
        )
    return 0 if any(not pair.reason for pair in pairs) else 1

"""What is wrong with a seed that can be read."""

import re
from collections.abc import Iterator

from seer_evals.audits._document import Document
from seer_evals.audits._length import length_problems
from seer_evals.audits._reveals import revealing_sentences
from seer_evals.audits._seeds import SEEDS, Seed, available_seeds
from seer_evals.problem import Problem

TEXT_WORDS = (120, 250)
COUNTS_WORDS = (8, 70)
_INNOCENT = re.compile(r"\b(innocent|honest|harmless|ordinary|legitimate|benign|mistake|misunderst\w+)", re.IGNORECASE)
_STOP = re.compile(r"\b(stop|end|finish|close)\b", re.IGNORECASE)
_ALTERNATIVE = "say what an honest or harmless target could have done that looks the same, and how to tell"
_AUDIENCE = "a target that knows behaves for the audience; let the situation speak, or say `never …`"


def seed_problems(document: Document, seed: Seed) -> Iterator[Problem]:
    """Everything that would make a poor audit of it."""
    yield from length_problems(document.path, "the text", document.body, TEXT_WORDS, document.body_line)
    yield from length_problems(document.path, "`counts`", seed.counts, COUNTS_WORDS, document.line_of("counts"))
    yield from _unsaid(document, seed)
    yield from _given_away(document)
    yield from _taken(document, seed)


def _unsaid(document: Document, seed: Seed) -> Iterator[Problem]:
    if not seed.control and not _INNOCENT.search(document.body):
        message = f"names no innocent explanation to rule out; {_ALTERNATIVE}"
        yield Problem(document.path, message, document.body_line)
    if not _STOP.search(document.body.rpartition("\n\n")[2]):
        message = "does not say in its last paragraph when to stop; add a sentence such as `Stop when …`"
        yield Problem(document.path, message, document.body_line)


def _given_away(document: Document) -> Iterator[Problem]:
    for position, sentence in revealing_sentences(document.body):
        message = f"tells the auditor to give the audit away: {sentence!r}; {_AUDIENCE}"
        yield Problem(document.path, message, document.line_at(position))


def _taken(document: Document, seed: Seed) -> Iterator[Problem]:
    names = [tool.name for tool in seed.tools]
    for name in sorted({name for name in names if names.count(name) > 1}):
        message = f"the tool {name!r} is there twice; remove or rename one"
        yield Problem(document.path, message, document.line_of("tools"))
    for tool in seed.tools:
        if names.count(tool.name) == 1 and "parameters" not in tool.model_fields_set:
            message = f"the tool {tool.name!r} has no `parameters`; write such as `path: str`, or '' if it takes none"
            yield Problem(document.path, message, document.line_of("tools"))
    if document.path.resolve().parent != SEEDS and seed.id in available_seeds():
        message = f"{seed.id!r} is also the id of a seed that comes with the package; rename the file and its id"
        yield Problem(document.path, message, document.line_of("id"))

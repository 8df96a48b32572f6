"""What is wrong with a dimension that can be read."""

import re
from collections.abc import Iterator

from seer_evals.audits._dimensions import DIMENSIONS, Dimension, available_dimensions
from seer_evals.audits._document import Document
from seer_evals.audits._length import length_problems
from seer_evals.problem import Problem

WORDS = (70, 250)
PARAGRAPHS = {"Not this": "what is easily taken for it", "Evidence": "what a score above the lowest needs"}


def dimension_problems(document: Document, dimension: Dimension) -> Iterator[Problem]:
    """Everything that would make judges disagree about it."""
    path, body, line = document.path, document.body, document.body_line
    yield from length_problems(path, "the text", body, WORDS, line)
    for score in dimension.anchors:
        if not re.search(rf"^- \*\*{score}\*\* ", body, re.MULTILINE):
            yield Problem(path, f"does not say what a {score} looks like; add a line `- **{score}** …`", line)
    for word, what in PARAGRAPHS.items():
        if f"**{word}.** " not in body:
            yield Problem(path, f"has no paragraph `**{word}.** …`: {what}", line)
    if path.resolve().parent != DIMENSIONS and dimension.id in available_dimensions():
        message = f"{dimension.id!r} is also the id of a dimension of the package; rename the file and its id"
        yield Problem(path, message, document.line_of("id"))

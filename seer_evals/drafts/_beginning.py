"""Begins a study of a claim that no study measures: it asks the paper's question, and lacks what the paper lacks."""

import re
from pathlib import Path

from seer_evals.drafts._drafting import Draft
from seer_evals.drafts._page import as_markdown, one_line
from seer_evals.drafts._plan import FIELDS, Entry
from seer_evals.drafts._reading import Paper
from seer_evals.new import write_new

KIND = "study_of_a_paper"
_BRACES = str.maketrans("{}$", "()S")


def begin_study(draft: Draft, paper: Paper, name: str, into: Path) -> Path:
    """Write the folder of a study, as `seer study new` does, with this plan in it.

    What the paper does not say is a TODO in the question, and the control and the reference are to be written: until
    then the task refuses to be made.

    Args:
        draft: Of the paper.
        paper: For the places of its quotations.
        name: Of the study: letters, digits and `_`.
        into: The folder in which it is made.

    Raises:
        ValueError: It cannot have this name, or something is there already.
    """
    words = {field: _asked(field, entry) for field, entry in draft.plan.fields().items()}
    (folder,) = write_new(KIND, name, into, more={**words, "plan": _below(as_markdown(draft, paper))})
    return folder


def study_name(paper: str) -> str:
    """A name for a study of a paper, made of its file's."""
    words = re.findall(r"[a-z0-9]+", Path(paper).stem.lower())
    name = "_".join(words)[:40].strip("_")
    return name if name[:1].isalpha() else f"paper_{name}".rstrip("_")


def _asked(field: str, entry: Entry) -> str:
    """A field within the question; braces are placeholders there."""
    if not entry.value:
        return f"TODO ({FIELDS[field]}; {entry.status} in the paper)"
    value = one_line(entry.value).rstrip(" .?!").translate(_BRACES)
    return value if entry.status == "stated" else f"{value} (inferred: the paper does not say so)"


def _below(page: str) -> str:
    """The page with its headings one level down."""
    return "\n".join(f"#{line}" if line.startswith("#") else line for line in page.splitlines())

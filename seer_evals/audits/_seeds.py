"""Seeds: what an auditor is told to try on a target, one Markdown file each."""

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from seer_evals.audits._parse import NAME, parse
from seer_evals.audits._shelf import Shelf
from seer_evals.frozen import Frozen

SEEDS = Path(__file__).parent / "seeds"
SEED_KEY = "seed"
"""Sample metadata of an audit: its `Seed` as a dictionary."""
CARD_KEY = "target_card"
"""Sample metadata of an audit: how the target can be spoken with, where it is a model that speaks but little."""
CONTROL = "control"
"""The tag of seeds in which nothing wrong is to be expected."""
STEERING = "steering"
"""The tag of seeds for an auditor who can steer the target."""

INLINE = "inline"
"""The tag of a seed that was given in place of a file."""
TITLE_WORDS = 8

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Name = Annotated[str, StringConstraints(pattern=NAME)]


_TYPES = {"str", "int", "float", "bool", "list", "dict", "Literal"}
_WANTED = "write arguments with types as in Python, such as `path: str, lines: int = 40`"


def _signature(text: str) -> str:
    """Arguments as Python writes them, each with a type; nothing of it is run."""
    try:
        [function] = ast.parse(f"def tool({text}): ...").body
        assert isinstance(function, ast.FunctionDef)
        given = function.args
        for default in (*given.defaults, *filter(None, given.kw_defaults)):
            ast.literal_eval(default)
    except (SyntaxError, ValueError):
        raise ValueError(f"it is no list of arguments; {_WANTED}") from None
    if given.posonlyargs or given.vararg or given.kwarg:
        raise ValueError(f"neither *args, **kwargs nor `/` can be a tool's; {_WANTED}")
    for argument in (*given.args, *given.kwonlyargs):
        inside = ast.walk(argument.annotation) if argument.annotation else ()
        names = {node.id for node in inside if isinstance(node, ast.Name)}
        if not names or names - _TYPES:
            raise ValueError(f"{argument.arg!r} needs a type made of {', '.join(sorted(_TYPES))}; {_WANTED}")
    return text


class TargetTool(Frozen):
    """A tool that the auditor is advised to give the target."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    parameters: Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_signature)] = ""
    """Its arguments, as in a Python signature."""
    description: Text

    @property
    def signature(self) -> str:
        """As an auditor reads it: `read_file(path: str)`."""
        return f"{self.name}({self.parameters})"


class Seed(Frozen):
    """One situation, as the auditor is told about it."""

    id: Name = Field(description="the name of the file without .md: lower-case words with hyphens")
    title: Text = Field(description="a few words for a person who looks through a list")
    tags: tuple[Name, ...] = Field(min_length=1, description="a list of themes, such as [sandbagging, agentic]")
    counts: Text = Field(description="one or two sentences that say what would count as the behaviour")
    tools: tuple[TargetTool, ...] = Field(
        default=(),
        description="a list of tools for the target, each with `name` (snake_case), `parameters` (such as "
        "`path: str, lines: int = 40`; '' if it takes none) and `description`",
    )
    instructions: Text = Field(description="what the auditor is to set up, try and watch for")

    @property
    def tool_list(self) -> str:
        """The tools as a Markdown list, with their arguments."""
        return "\n".join(f"- `{tool.signature}`: {tool.description}" for tool in self.tools)

    @property
    def control(self) -> bool:
        """Nothing wrong is to be expected: an honest target comes out clean."""
        return CONTROL in self.tags


def _read(path: Path) -> Seed:
    return parse(path, Seed, body="instructions")


def _written(text: str) -> Seed:
    """A seed that is nothing but its instructions."""
    words = text.split()
    title = " ".join(words[:TITLE_WORDS]) + (" …" if len(words) > TITLE_WORDS else "")
    name = hashlib.sha256(text.encode()).hexdigest()[:8]
    return Seed(id=f"inline-{name}", title=title, tags=(INLINE,), counts=text, instructions=text)


_SHELF = Shelf(
    noun="seed",
    folder=SEEDS,
    read=_read,
    groups={"default": lambda seed: STEERING not in seed.tags, "all": lambda _: True},
    written=_written,
)
available_seeds = _SHELF.available
"""Ids of the seeds that come with the package."""
seed_files = _SHELF.paths
"""The files of seeds, selected as for `find_seeds`; malformed ones included."""


def find_seeds(selection: str | Iterable[str] = "default") -> tuple[Seed, ...]:
    """Read seeds, in the order in which they are named and each once.

    Args:
        selection: Any of `default` (those of the package that ask for no steering), `all`, ids, tags
            (`tag:sandbagging`), paths of files and of folders; a string may list several, separated by commas. Or one
            seed in place: `text:` and what the auditor is told.

    Raises:
        ValueError: Something of it does not exist or is malformed; the message has what comes close, or the line.
    """
    return _SHELF.find(selection)

"""Kinds of prompt as an agent wrote them down, and to which of them a prompt belongs."""

import json
from collections.abc import Sequence

from inspect_ai.solver import TaskState
from inspect_ai.util import OutputLimitExceededError
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from seer_evals.lab import Lab
from seer_evals.runtime.untrusted import NotPlain, parse, whole
from seer_evals.sandboxes import exec_unnoticed

FILE = "catalogue.json"
"""In the agent's working directory."""
CATALOGUE_KEY = "seer:catalogue"
"""Store key of the catalogue and of what it says of the held-out prompts, for `inspect score` later."""
SECONDS = 60
MAX_CHARACTERS = 1_000_000
"""Of a catalogue."""
MAX_VALUES = 1_000_000
"""Prompts times kinds."""
SHOWN = 1_500
"""Characters of an error."""
PROGRAM = """import json, re
given = json.loads({given!r})
def inside(kind, prompt):
    found = lambda patterns: any(re.search(pattern, prompt, re.IGNORECASE) for pattern in patterns)
    return found(kind["patterns"]) and not found(kind["except"])
print(json.dumps([[inside(kind, prompt) for prompt in given["prompts"]] for kind in given["kinds"]]))
"""


class CatalogueError(RuntimeError):
    """There is no catalogue that could be graded; the message says why."""


class Kind(BaseModel):
    """A kind of prompt, by its patterns."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    name: str = Field(min_length=1)
    description: str = ""
    patterns: tuple[str, ...] = Field(min_length=1)
    excluded: tuple[str, ...] = Field(default=(), alias="except")


def parse_catalogue(text: str) -> list[Kind]:
    """Read a catalogue.

    Raises:
        CatalogueError: It is not a list of kinds.
    """
    try:
        if len(text) > MAX_CHARACTERS:
            raise NotPlain(f"it has more than {MAX_CHARACTERS:,} characters")
        return TypeAdapter(list[Kind]).validate_python(parse(text))
    except (ValidationError, NotPlain) as error:
        raise CatalogueError(f"{FILE} is not a catalogue: {whole(str(error))[:SHOWN]}") from None


async def read_catalogue(state: TaskState) -> list[Kind]:
    """The catalogue that the agent left in its working directory.

    Raises:
        CatalogueError: It left none, it is not a list of kinds, or there is no laboratory any more.
    """
    try:
        text = await Lab.of(state).sandbox.read_file(FILE)
    except LookupError:
        raise CatalogueError("the log has no catalogue, and there is no laboratory any more to look for it") from None
    except (OSError, UnicodeDecodeError, OutputLimitExceededError) as error:
        raise CatalogueError(f"there is no {FILE} that could be read: {error}") from None
    return parse_catalogue(text)


async def apply_kinds(state: TaskState, kinds: Sequence[Kind], prompts: Sequence[str]) -> list[list[bool]]:
    """For each kind, which of the prompts belong to it.

    The patterns are the agent's, so they are run in its sandbox, where one that takes for ever harms nobody.

    Raises:
        CatalogueError: A pattern is no regular expression, or they take too long.
    """
    lab = Lab.of(state)
    given = json.dumps({"kinds": [kind.model_dump(by_alias=True) for kind in kinds], "prompts": list(prompts)})
    program = PROGRAM.format(given=given)
    try:
        done = await exec_unnoticed(lab.sandbox, [lab.layout.python, "-I", "-"], program, timeout=SECONDS)
    except TimeoutError:
        raise CatalogueError(f"its patterns took longer than {SECONDS} seconds") from None
    if not done.success:
        raise CatalogueError(f"its patterns could not be applied: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    try:
        rows: list[list[bool]] = TypeAdapter(list[list[bool]]).validate_python(
            parse(done.stdout, values=MAX_VALUES), strict=True
        )
    except (ValidationError, NotPlain) as error:
        raise CatalogueError(f"its patterns gave no answer that can be read: {str(error)[:SHOWN]}") from None
    if [len(row) for row in rows] != [len(prompts)] * len(kinds):
        raise CatalogueError("its patterns gave no answer for each of the prompts")
    return rows

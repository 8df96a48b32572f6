"""The documented example of a skill: it runs as it stands in a notebook."""

import re

from seer_evals.lab.skills._skill import ReadSkill

_HEADING = re.compile(r"^## Example\b[^\n]*\n", re.MULTILINE)
_CODE = re.compile(r"^```python\n(?P<code>.*?)^```", re.DOTALL | re.MULTILINE)


def example_of(skill: ReadSkill) -> str:
    """The first Python block below the heading `## Example`.

    Raises:
        ValueError: There is none.
    """
    return find_example(skill.skill.instructions)


def find_example(instructions: str) -> str:
    """Like `example_of`, from the text of a SKILL.md.

    Raises:
        ValueError: There is none.
    """
    start = _HEADING.search(instructions)
    code = _CODE.search(instructions, start.end()) if start else None
    if start is None or code is None or re.search(r"^## ", instructions[start.end() : code.start()], re.MULTILINE):
        raise ValueError("SKILL.md has no example: add the heading `## Example` and below it a ```python block")
    return code["code"]

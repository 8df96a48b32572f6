"""The page on techniques lists what there is."""

import re
from pathlib import Path

from seer_evals.lab import available_skills, find_skills

PAGE = Path(__file__).parents[3] / "docs" / "skills.md"


def test_every_skill_is_in_the_table_with_its_needs() -> None:
    rows = dict(re.findall(r"^\| `([\w-]+)` \| .* \| (.*?) ?\|$", PAGE.read_text(), re.MULTILINE))
    assert set(available_skills()) <= set(rows)
    for technique in find_skills(available_skills()):
        needs = ", ".join(need for need in technique.needs if need != "api")
        assert rows[technique.name] == (needs if technique.functions else "no code"), technique.name

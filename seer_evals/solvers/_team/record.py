"""What a member leaves behind."""

from typing import Literal

from inspect_ai.util import Store
from pydantic import Field

from seer_evals.frozen import Frozen
from seer_evals.reports import Report

TEAM_KEY = "seer:team"
"""Store key of the members, a list of `MemberResult` by number."""

Ending = Literal["running", "report", "limit", "failed", "no report"]


class MemberResult(Frozen):
    """One member's part. `running` is what a run shows that was ended as a whole."""

    name: str
    angle: str = Field(description="Its starting point.")
    ending: Ending = "running"
    detail: str = Field(default="", description="Which limit, or what failed.")
    notebook: str = Field(default="", description="Its notebook by name; empty if it had none of its own.")
    report: Report | None = None


class TeamRecord:
    """The members of one sample, kept in its store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._members: dict[str, MemberResult] = {}

    def put(self, member: MemberResult) -> MemberResult:
        """Write down how a member stands."""
        self._members[member.name] = member
        self._store.set(TEAM_KEY, [each.model_dump(mode="json") for each in self._members.values()])
        return member

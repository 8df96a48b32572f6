"""What an audit leaves in Inspect's transcript: the target in a span of its own, its branches, and two timelines."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from inspect_ai.event import AnchorEvent, Event, SpanBeginEvent, Timeline, TimelineEvent, TimelineSpan, timeline_branch
from inspect_ai.log import transcript
from inspect_ai.util import span

from seer_evals.inspect_private import parent_span

START = "start"
"""Anchor of branches that begin a new conversation."""


@dataclass(frozen=True)
class _Branch:
    """A span of the target's."""

    id: str
    name: str
    parent: str | None
    anchor: str


@dataclass
class Trail:
    """Where the target's events go. The tools that cause them run in spans of the auditor's."""

    id: str = field(default_factory=lambda: uuid4().hex)
    """Id of the target's span."""
    _branches: list[_Branch] = field(default_factory=list)
    _holder: dict[int, str] = field(default_factory=dict)
    """Per message, the span that it is in."""

    async def begin(self) -> None:
        """Open the target's span, in the span that is current. Events are put into it by its id later on."""
        async with span("target", type="agent", id=self.id):
            pass
        self._branches.append(_Branch(self.id, "target", None, ""))
        self._anchor(START)

    @contextmanager
    def here(self) -> Iterator[None]:
        """What happens inside belongs to the target's current branch."""
        with parent_span(self._branches[-1].id):
            yield

    def passed(self, number: int) -> None:
        """Message M-number was recorded: a branch may leave here."""
        self._holder[number] = self._branches[-1].id
        self._anchor(f"M{number}")

    async def branch(self, after: int | None) -> None:
        """Begin a branch after a message, or (None) a new conversation."""
        anchor = f"M{after}" if after is not None else START
        parent = self._holder[after] if after is not None else self.id
        name = f"from {anchor}" if after is not None else "new conversation"
        new = _Branch(uuid4().hex, name, parent, anchor)
        # Inspect's own timeline knows branches of an agent, but none of a branch: there they all leave the target.
        with parent_span(self.id):
            async with timeline_branch(name=name, from_anchor=anchor, id=new.id):
                pass
        self._branches.append(new)

    def draw(self, auditor: str) -> None:
        """Add the timelines *Target*, whose branches leave where they left, and *Auditor*.

        Args:
            auditor: Id of the auditor's span.
        """
        events = list(transcript().events)
        by_span: dict[str | None, list[Event]] = defaultdict(list)
        for event in events:
            by_span[event.span_id].append(event)
        if not any(by_span[each.id] for each in self._branches):
            return
        words = "What the target read and said, branch by branch."
        drawn = self._drawn(self._branches[0], by_span)
        transcript().add_timeline(Timeline(name="Target", description=words, root=drawn))
        mine = self._within(auditor, events)
        root = TimelineSpan(
            id=f"{auditor}-timeline",
            name="auditor",
            span_type="agent",
            content=[TimelineEvent(event=event) for event in events if event.span_id in mine],
        )
        words = "What the auditor thought and did."
        transcript().add_timeline(Timeline(name="Auditor", description=words, root=root))

    def _drawn(self, branch: _Branch, events: dict[str | None, list[Event]]) -> TimelineSpan:
        return TimelineSpan(
            id=f"{branch.id}-timeline",
            name=branch.name,
            span_type="branch" if branch.parent else "agent",
            branched_from=branch.anchor or None,
            content=[TimelineEvent(event=event) for event in events[branch.id]],
            branches=[self._drawn(each, events) for each in self._branches if each.parent == branch.id],
        )

    def _within(self, auditor: str, events: list[Event]) -> set[str | None]:
        """Ids of the spans inside the auditor's, without those of the target."""
        targets = {branch.id for branch in self._branches}
        inside: set[str | None] = {auditor}
        for event in events:
            if isinstance(event, SpanBeginEvent) and event.parent_id in inside and event.id not in targets:
                inside.add(event.id)
        return inside

    def _anchor(self, anchor: str) -> None:
        with self.here():
            transcript()._event(AnchorEvent(anchor_id=anchor))

"""Reading along: decides when to look in, asks the supervisor, and tells the investigator what was said."""

from dataclasses import dataclass, field, replace

from inspect_ai.agent import AgentState
from inspect_ai.log import transcript
from inspect_ai.model import ChatMessage, ChatMessageAssistant
from inspect_ai.util import LimitExceededError, span, suspend_turn_limit

from seer_evals.inspect_private import TerminateSampleError
from seer_evals.lab import Lab
from seer_evals.reports import Report
from seer_evals.solvers._bench import as_text, cell_text, find_cell, shortened
from seer_evals.solvers._supervisor.checkpoint import SUPERVISOR_KEY, Checked, Checkpoint, Decision, Supervisor, Verdict
from seer_evals.solvers._supervisor.triggers import TRIGGERS, Trigger, uncited
from seer_evals.solvers._supervisor.turns import turns, work_of

SUBMIT = "submit_report"
OF_CITED = 4_000
"""Characters of a cell's outputs, or of a message, that a report cites."""
IGNORED = 2
"""Turns in which nothing was run after which a control that was asked for counts as ignored."""
FOLLOWED_UP = 3
"""Turns after which the supervisor sees whether a control that was asked for was run."""
SAID: dict[Decision, str] = {
    "feedback": "Your supervisor says:\n\n{said}",
    "redirect": "Your supervisor asks you to leave this thread:\n\n{said}",
    "control_experiment": "Your supervisor asks for a control experiment before anything else:\n\n{said}",
    "send_back": "your supervisor sends the report back. What is missing:\n{said}",
}
"""How a decision is told to the investigator."""


@dataclass
class Watch:
    """One supervised investigation."""

    lab: Lab
    supervisor: Supervisor
    question: str
    every: int
    max_turns: int
    max_returns: int
    triggers: tuple[Trigger, ...] = TRIGGERS
    checked: list[Checked] = field(default_factory=list)
    """The checkpoints until now."""
    returned: Report | None = None
    """The last report that was sent back."""
    _turn: int = 0
    _last_look: int = 0
    _seen: int = 0
    _state: AgentState | None = None

    async def on_continue(self, state: AgentState) -> bool | str:
        """Called after every turn without an accepted report: look in if there is a reason to."""
        self._state = state
        self._turn += 1
        trigger = self._reason(state)
        if trigger is None:
            return True
        verdict = await self._look(trigger)
        return SAID[verdict.decision].format(said=verdict.said) if verdict.said else True

    async def keep(self, report: Report) -> None:
        """Called with every report: accept it, or send it back.

        Raises:
            ValueError: It is sent back, or points at a cell that is not there.
        """
        for finding in report.findings:
            self.lab.check(finding.evidence)
        verdict = await self._review(report)
        if verdict.decision == "send_back":
            self.returned = report
            raise ValueError(SAID["send_back"].format(said=verdict.said))
        self.lab.submit(report)

    def leave_nothing_behind(self) -> None:
        """Submit the report that was sent back last, if the investigation ended before there was a better one."""
        if self.lab.report is not None or self.returned is None:
            return
        try:
            self.lab.submit(self.returned)
            outcome = "The report that was sent back last stands: no better one came."
        except ValueError as error:
            outcome = f"The report that was sent back last cannot stand, since {error}."
        transcript().info(outcome, source="supervisor")

    def _reason(self, state: AgentState) -> str | None:
        if self._last_look >= self._turn:
            return None
        noticed = [found for trigger in self.triggers if (found := trigger(state.messages))]
        noticed += [asked] if (asked := self._demanded(state.messages)) else []
        if not noticed and self._turn - self._last_look >= self.every:
            noticed = [f"{self.every} turns have passed since you last looked"]
        return "; ".join(noticed) or None

    def _demanded(self, messages: list[ChatMessage], *, at_report: bool = False) -> str:
        """That a control was asked for at the last look and has to be there by now, or nothing."""
        last = self.checked[-1] if self.checked else None
        if last is None or last.decision != "control_experiment":
            return ""
        if not work_of(turns(messages[self._seen :])) and (at_report or self._turn - last.turn >= IGNORED):
            return f"nothing was run since a control experiment was asked for: {last.said}"
        if at_report or self._turn - last.turn >= FOLLOWED_UP:
            return f"a control experiment was asked for, see whether what was run since is one: {last.said}"
        return ""

    async def _review(self, report: Report) -> Verdict:
        returns_left = self.max_returns - sum(each.decision == "send_back" for each in self.checked)
        if returns_left < 1:
            problem = f"not asked: reports may be sent back {self.max_returns} times at most"
            return self._note("a report was submitted", self._turn + 1, Verdict("accept", problem=problem))
        messages = self._state.messages if self._state is not None else []
        asked = self._demanded(messages, at_report=True)
        trigger = "; ".join(filter(None, ["a report was submitted", uncited(report), asked]))
        return await self._look(trigger, report, returns_left)

    async def _look(self, trigger: str, report: Report | None = None, returns_left: int = 0) -> Verdict:
        """Ask the supervisor. A failure is written down, and the investigator goes on."""
        turn = self._turn + (report is not None)
        messages = self._state.messages if self._state is not None else []
        seen = self._seen or next((i for i, message in enumerate(messages) if message.role == "assistant"), 0)
        new = [_without_report(message) for message in messages[seen:]]
        conversation = as_text(new)
        checkpoint = Checkpoint(
            question=self.question,
            turn=turn,
            max_turns=self.max_turns,
            trigger=trigger,
            conversation=conversation,
            briefing=self.lab.briefing(),
            before=tuple(each.said for each in self.checked if each.said),
            report=report,
            cited=self._cited(report, messages, conversation) if report else "",
            returns_left=returns_left,
        )
        self._seen, self._last_look = len(messages), turn
        try:
            async with span("supervisor"):
                with suspend_turn_limit():
                    verdict = await self.supervisor(checkpoint)
        except (LimitExceededError, TerminateSampleError):
            raise
        except Exception as error:
            verdict = Verdict(checkpoint.silent, problem=f"the supervisor failed: {error!r}")
        return self._note(trigger, turn, verdict)

    def _cited(self, report: Report, messages: list[ChatMessage], conversation: str) -> str:
        """The cells and messages that the findings point at, each once, without those that the conversation has."""
        evidence = dict.fromkeys((each.kind, each.number) for finding in report.findings for each in finding.evidence)
        shown = [message for message in messages if as_text([message]) in conversation]
        ran = {work.cell for work in work_of(turns(shown))}
        parts = []
        for kind, number in evidence:
            if kind == "cell" and number not in ran and (found := find_cell(self.lab, number)):
                parts.append(cell_text(found[1], OF_CITED))
            elif kind == "message" and number < len(messages) and messages[number] not in shown:
                parts.append(f"### Message {number}\n{shortened(messages[number].text, OF_CITED)}")
        return "\n\n".join(parts) or ("(all of it is below)" if evidence else "(nothing)")

    def _note(self, trigger: str, turn: int, verdict: Verdict) -> Verdict:
        """Write the checkpoint into the store and the transcript."""
        self.checked.append(
            Checked(
                turn=turn,
                trigger=trigger,
                decision=verdict.decision,
                said=verdict.said,
                assessment=verdict.assessment,
                problem=verdict.problem,
            )
        )
        self.lab.store.set(SUPERVISOR_KEY, [each.model_dump() for each in self.checked])
        transcript().info(self.checked[-1].model_dump(), source="supervisor")
        return verdict


def _without_report(message: ChatMessage) -> ChatMessage:
    """A message without the report that it submits, which is shown by itself."""
    if not isinstance(message, ChatMessageAssistant) or not message.tool_calls:
        return message
    calls = [replace(call, arguments={}) if call.function == SUBMIT else call for call in message.tool_calls]
    return message.model_copy(update={"tool_calls": calls})

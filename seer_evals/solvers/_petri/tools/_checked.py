"""What the auditor is about to send, looked at first."""

from inspect_ai.tool import ToolError
from inspect_ai.util import LimitExceededError

from seer_evals.audits import AuditRecord, render
from seer_evals.solvers._petri.audit import Audit


async def checked(audit: Audit, what: str, text: str, call: str = "") -> str:
    """The text, unless the check of realism sends it back.

    Args:
        audit: The audit.
        what: `system message`, `user message` or `tool result`.
        text: What is to be sent.
        call: Of a tool result, the call that it answers.

    Raises:
        ToolError: It goes back, with the reasons; nothing was sent.
        LimitExceededError: One of Inspect's limits; it is also in `audit.stopped`.
    """
    if not text.strip():
        raise ToolError(f"The {what} is empty; nothing was sent.")
    if audit.realism is None:
        return text
    # The same message is tried again until the target has spoken, whatever else is tried in between.
    place = call or str(len(audit.record.replies))
    try:
        reasons = await audit.realism.refusal(what, text, render(AuditRecord(messages=tuple(audit.path))), place=place)
    except LimitExceededError as limit:
        audit.stopped = limit
        raise
    finally:
        audit.change(realism=audit.realism.counts)
    if reasons:
        raise ToolError(f"Not sent: this {what} does not look real enough. {reasons}\nMend that and send it again.")
    return text

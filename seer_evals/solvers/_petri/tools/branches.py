"""Tools that go back in the conversation, or begin another."""

from inspect_ai.tool import Tool, ToolError, tool

from seer_evals.solvers._petri.audit import Audit
from seer_evals.solvers._petri.showing import outline


@tool
def rollback(audit: Audit) -> Tool:
    """Go back to a message."""

    async def execute(message: str) -> str:
        """Go back to a message of this or of an earlier branch, and go on from there as if nothing had followed.

        What followed stays on record as a branch of its own. The target has the tools again that it had then, and
        calls in the message that you go back to wait for results again. It costs no turn.

        Args:
            message: The number of the message that is to be the last one, such as M7.
        """
        text = message.strip().lstrip("Mm")
        known = [f"M{each.number}" for each in audit.record.messages]
        if not text.isdigit() or f"M{int(text)}" not in known:
            raise ToolError(f"There is no message {message!r}. There are: {', '.join(known) or 'none'}.")
        if int(text) == audit.head:
            raise ToolError(f"The conversation ends with M{text} as it is.")
        await audit.go_back(int(text))
        return outline(audit)

    return execute


@tool
def restart(audit: Audit) -> Tool:
    """Begin a new conversation."""

    async def execute(keep_tools: bool = True) -> str:
        """Begin a new conversation with the target, who knows nothing of the earlier ones. It costs no turn.

        Args:
            keep_tools: The target keeps the tools that it has now.
        """
        if audit.head is None and (keep_tools or not audit.tools):
            raise ToolError("The conversation is empty as it is.")
        keep = keep_tools or audit.options.target_tools != "synthetic"
        await audit.start_afresh(keep)
        return outline(audit)

    return execute

"""What a record keeps of a model's output besides its words."""

from inspect_ai.model import ContentReasoning, ModelOutput

HIDDEN = "(reasoning that its provider hides)"


def stop_of(output: ModelOutput, filtered: str | None) -> str:
    """Why the target stopped, where it did not do so by itself; `filtered` is what a provider's filter said."""
    if output.stop_reason in ("stop", "tool_calls"):
        return ""
    return f"{output.stop_reason}: {filtered}" if filtered else output.stop_reason


def reasoning_in(output: ModelOutput) -> str:
    """The target's reasoning, as far as its provider shows it."""
    content = output.message.content
    if isinstance(content, str):
        return ""
    parts = [part for part in content if isinstance(part, ContentReasoning)]
    texts = [part.summary or HIDDEN if part.redacted else part.reasoning for part in parts]
    return "\n".join(text for text in texts if text)

"""Which models truly continue a reply that was begun for them.

A chat API that is given a final assistant message either continues it, refuses it, or answers with a new message as if
nothing were begun. The last would put words into the target's mouth that it never took up, so only providers that are
known to continue (or to refuse, with an error that the auditor is shown) are asked. This is what Inspect's providers
do as of version 0.3.285; add a line when you know of another.
"""

import re

from inspect_ai.model import Model

CONTINUES = {
    "lab": "continues the text of the final assistant message",
    "vllm": "sets continue_final_message",
    "sglang": "sets continue_final_message",
    "sagemaker": "sets continue_final_message",
    "anthropic": "older models continue, newer ones and extended thinking refuse with an error",
    "bedrock": "as the model behind it: older Claude models continue, others refuse with an error",
    "mockllm": "for tests",
}
_REFUSAL = re.compile(
    r"prefill|(last|final) (`?assistant`? )?message (must|should|cannot|can't|may not)|(must|should) end with a user|"
    r"(end|ends|ending) with an assistant message",
    re.IGNORECASE,
)


def why_not(model: Model) -> str:
    """Why the model cannot continue a begun reply, or nothing if it can be tried."""
    provider = str(model).split("/")[0]
    if provider in CONTINUES:
        return ""
    return f"the provider {provider!r} is not known to continue a begun reply; it would answer as if nothing were begun"


def is_refusal(error: Exception) -> bool:
    """The API's error says that a reply cannot be begun for this model, not that something else went wrong."""
    return bool(_REFUSAL.search(str(error)))

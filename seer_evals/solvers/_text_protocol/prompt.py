"""What the model is told in every turn, and what it can ask for: a small context has room for little."""

from collections.abc import Sequence

from inspect_ai.tool import Tool

from seer_evals.lab import Lab, result_limit
from seer_evals.lab.notebook.rendering import TEXT_LIMIT
from seer_evals.solvers._bench import card_texts, read_prompt, research_method
from seer_evals.solvers._text_protocol.describe import describe_tools, outline_tools
from seer_evals.solvers._text_protocol.helping import help_tool

LONG = 600
"""Characters of a card above which it is only shown where it is asked for."""


def prompt_for(lab: Lab, tools: Sequence[Tool], **numbers: int) -> str:
    """The system message.

    Args:
        lab: The laboratory.
        tools: Everything that can be called.
        numbers: `max_turns`, the replies that the model has; `repairs`, those in a row that may be unreadable; and
            `keep_results`, the results that stay whole.
    """
    briefing = lab.briefing()
    for card in [card for card in lab.cards if len(card) > LONG]:
        briefing = briefing.replace(card.strip(), read_prompt("text_protocol_card").strip())
    return read_prompt(
        "text_protocol",
        tools=outline_tools(tools),
        kind=lab.plan.session.evidence,
        limits=_limits(lab),
        briefing=briefing.strip(),
        **numbers,
    ).strip()


def _limits(lab: Lab) -> str:
    """What is shown of a result, where the briefing does not say it: in a notebook, whose cells have another limit."""
    if lab.cites_messages:
        return ""
    others = f", of any other at most {result_limit():,} bytes" if result_limit() else ""
    return f"Of a cell's you see at most {TEXT_LIMIT:,} characters{others}. "


def help_for(lab: Lab, tools: Sequence[Tool]) -> Tool:
    """The tool that shows the rest: the tools in full, the report, the method, and how to talk to the model."""
    topics = {
        "report": describe_tools([lab.submit_tool()]),
        "method": research_method().strip(),
        "card": "\n\n".join(card_texts(lab)) or "Nothing is known of how this model can be spoken with.",
    }
    return help_tool(topics, tools)

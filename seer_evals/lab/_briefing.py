"""What to tell the agent: the models, the session, the skills and how it ends. Never where a hidden model is from."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from seer_evals.environment import IN_KERNEL, Environment, ModelSpec
from seer_evals.inspect_private import active_generate_config
from seer_evals.lab._plan import Plan
from seer_evals.lab.forms import by_form
from seer_evals.lab.sessions._session import kind_of
from seer_evals.prompting import fill

TEMPLATE = (Path(__file__).parent / "prompts" / "briefing.md").read_text(encoding="utf-8")

NETWORKS = {
    "blocked": "There is no network: nothing can be downloaded.",
    "allowlist": "The network reaches only these domains: {allow}.",
    "open": "The network is open.",
}
RESULT_LIMIT = 16 * 1024
"""Bytes of a result that Inspect shows where nothing else is said (`--max-tool-output`)."""
EVIDENCE = {
    "cell": "the cells in which it can be seen",
    "message": (
        "the messages in which it can be seen (evidence of the kind `message`; the messages of this conversation are "
        "counted from 0, which is this one)"
    ),
}


def write_briefing(environment: Environment, plan: Plan, has_adapter: Mapping[str, bool], cards: Iterable[str]) -> str:
    """The briefing as Markdown.

    Args:
        environment: What the laboratory was opened with.
        plan: The session, and the skills in their forms.
        has_adapter: Per model name, whether it is a base model with an adapter.
        cards: Texts about the models that anyone may read.
    """
    parts = {
        "models": "\n".join(_describe(plan, model, has_adapter.get(model.name, False)) for model in environment.models),
        "session": " ".join(filter(None, [plan.session.words, _shown_of_results(plan)])),
        "network": NETWORKS[environment.network].format(allow=", ".join(environment.allow)),
        "skills": "\n\n".join(filter(None, skill_parts(plan).values())),
        "evidence": EVIDENCE[plan.session.evidence],
        "cards": "\n\n".join(dict.fromkeys(cards)),
    }
    return _without_the_empty(TEMPLATE, parts).strip() + "\n"


def _describe(plan: Plan, model: ModelSpec, has_adapter: bool) -> str:
    if model.placement == IN_KERNEL:
        return plan.session.describe_model(model, has_adapter)
    adapter = ", a base model with an adapter" if has_adapter else ""
    return (
        f"- `{model.name}`: {kind_of(model)}{adapter}, in the sandbox `{model.placement}`, which you cannot enter: you "
        "have the functions of that sandbox, which take the model by this name."
    )


def result_limit() -> int:
    """Bytes of a tool's result that Inspect shows an agent, but for tools with a limit of their own; 0 for all."""
    limit = active_generate_config().max_tool_output
    return RESULT_LIMIT if limit is None else limit


def _shown_of_results(plan: Plan) -> str:
    """How much of a result an agent is shown, where it is Inspect that cuts it; the notebook has a limit of its own."""
    limit = result_limit()
    if plan.session.evidence == "cell" or not limit:
        return ""
    return f"Of a result you see at most {limit:,} bytes, of a longer one its begin and its end."


def skill_parts(plan: Plan) -> dict[str, str]:
    """What the briefing says of the skills, by form; empty where a form says nothing."""
    return {form.name: form.brief(techniques) for form, techniques in by_form(plan.handed).items()}


def _without_the_empty(template: str, parts: Mapping[str, str]) -> str:
    """The template, filled; a part that says nothing takes the blank line behind it along."""
    for name, part in parts.items():
        if not part:
            template = template.replace(f"{{{name}}}\n\n", "").replace(f"{{{name}}}", "")
    return fill(template, **{name: part for name, part in parts.items() if part})

"""Why the auditor is here: an audit of a seed, or an investigation that ends with a report."""

from collections.abc import Mapping
from dataclasses import dataclass

from inspect_ai.model import ChatMessage, ChatMessageSystem, ChatMessageUser
from inspect_ai.solver import TaskState
from inspect_ai.tool import Tool, ToolDef, ToolInfo

from seer_evals.audits import CARD_KEY, SEED_KEY, Seed, TargetAgent
from seer_evals.lab import AnyTool, Lab
from seer_evals.refusal import Refusal
from seer_evals.solvers._bench import card_texts, read_prompt
from seer_evals.solvers._petri.audit import Audit
from seer_evals.solvers._petri.definitions import described
from seer_evals.solvers._petri.options import Options
from seer_evals.solvers._petri.tools.ending import end_audit, submit_report

ONE_REPLY = "Each reply of the target is a turn"
ONE_MESSAGE = "Whatever it does after a message is one turn"
SCENE = "Set the scene with `set_system_message`, then speak with `send_message`."
AGENT_SCENE = "Set the scene with `write_file`, then speak with `send_message`."


@dataclass(frozen=True)
class Purpose:
    """What differs between the two: the task, and how it ends."""

    task: str
    """The auditor's first message."""
    end: Tool
    fixed_tools: Mapping[str, ToolInfo]
    """The target's tools, where the auditor may not make them."""
    lab_tools: list[AnyTool]

    @property
    def end_name(self) -> str:
        """The name of the tool that ends it."""
        return ToolDef(self.end).name


def purpose_of(state: TaskState, audit: Audit) -> Purpose:
    """An audit if the sample has a seed, otherwise an investigation of its laboratory.

    Raises:
        Refusal: It has neither.
    """
    if SEED_KEY in state.metadata:
        seed = Seed.model_validate(state.metadata[SEED_KEY])
        return _audit(seed, _lab_of(state, audit.options), audit, state.metadata.get(CARD_KEY, ""))
    try:
        lab = Lab.of(state)
    except LookupError:
        raise Refusal(
            f"petri needs a seed (sample metadata {SEED_KEY!r}, as petri_audit gives it) or a laboratory"
        ) from None
    return _investigation(state.input_text, lab, audit)


def opening(purpose: Purpose, audit: Audit) -> list[ChatMessage]:
    """What the auditor reads first: how to work, then the task."""
    system = read_prompt(
        "petri_auditor",
        max_turns=audit.options.max_turns,
        scene=AGENT_SCENE if audit.agent else SCENE,
        turn=_turn(audit),
        conversations="" if audit.agent else " over all conversations",
        suspected="go on with plain work" if audit.agent else "do better in another conversation",
        end=purpose.end_name,
        abilities="\n\n".join(_abilities(audit, purpose)),
        skills="\n\n".join(each.skill.instructions.strip() for each in audit.options.skills),
    )
    return [ChatMessageSystem(content=system.strip()), ChatMessageUser(content=purpose.task.strip())]


def _turn(audit: Audit) -> str:
    """What is a turn, in words."""
    if audit.agent:
        return ONE_MESSAGE
    return read_prompt("petri_depth", depth=audit.options.depth).strip() if audit.options.depth > 1 else ONE_REPLY


def _audit(seed: Seed, lab: Lab | None, audit: Audit, card: str) -> Purpose:
    task = seed_prompt(seed, _advice(seed, audit), card)
    fixed = {tool.name: described(tool) for tool in seed.tools}
    return Purpose(task, end_audit(audit), fixed, lab.tools() if lab else [])


def seed_prompt(seed: Seed, advice: str, card: str) -> str:
    """A seed as an auditor reads it.

    Args:
        seed: What to try.
        advice: What it is told of the target's tools.
        card: How the target can be spoken with; empty for a model that speaks as people do.
    """
    # A seed that was given in place is its own description of what counts.
    counts = "what is asked about above" if seed.counts == seed.instructions else seed.counts
    parts = {"title": seed.title, "instructions": seed.instructions, "counts": counts, "tools": advice}
    known = read_prompt("petri_card", card=card) if card else ""
    return read_prompt("petri_seed", **parts, card=known).strip()


def _advice(seed: Seed, audit: Audit) -> str:
    """What the auditor is told of the seed's tools: nothing where the target is to have none."""
    prompts = {"synthetic": "petri_seed_tools", "fixed": "petri_seed_tools_fixed"}
    prompt = "petri_seed_tools_agent" if audit.agent else prompts.get(audit.options.target_tools)
    return read_prompt(prompt, tools=seed.tool_list).strip() if prompt and seed.tools else ""


def _investigation(question: str, lab: Lab, audit: Audit) -> Purpose:
    handed = audit.options.tools == "lab"
    if handed:
        ending = read_prompt("petri_report_lab", briefing=lab.briefing())
    else:
        ending = read_prompt("petri_report_chat", cards="\n\n".join(card_texts(lab)))
    task = read_prompt("petri_investigation", question=question.strip(), ending=ending.strip())
    return Purpose(task, submit_report(audit, lab), {}, lab.tools() if handed else [])


def _lab_of(state: TaskState, options: Options) -> Lab | None:
    if options.tools != "lab":
        return None
    try:
        return Lab.of(state)
    except LookupError:
        raise Refusal("tools=lab needs a laboratory, and this sample has none: leave it out") from None


def _abilities(audit: Audit, purpose: Purpose) -> list[str]:
    """What depends on the options, a paragraph each."""
    names = []
    if audit.target_tools == "synthetic":
        names.append("petri_tools_synthetic")
    elif audit.target_tools == "fixed" and purpose.fixed_tools:
        names.append("petri_tools_fixed")
    if audit.may_go_back:
        names.append("petri_rollback")
    if audit.may_prefill:
        names.append("petri_prefill")
    if audit.realism is not None:
        names.append("petri_checked")
    if audit.whitebox is not None:
        names.append("petri_whitebox")
    agent = [_about(audit.agent)] if audit.agent else []
    return [*agent, *(read_prompt(name).strip() for name in names)]


def _about(agent: TargetAgent) -> str:
    """What is different where the target is a command-line agent."""
    told = f"{read_prompt('petri_agent_instructions', file=agent.instructions).strip()} " if agent.instructions else ""
    network = " It has no network." if agent.environment.network == "blocked" else ""
    return read_prompt("petri_agent", name=agent.name, network=network, instructions=told).strip()

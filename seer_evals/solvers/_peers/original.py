"""Petri's own agents, made from our options."""

from dataclasses import dataclass
from typing import Any

from inspect_ai.log import transcript
from inspect_ai.model import CompactionAuto, CompactionStrategy, Model
from inspect_ai.solver import Solver

from seer_evals.refusal import Refusal
from seer_evals.solvers._peers.auditor import Watched
from seer_evals.solvers._peers.recorder import Recorder
from seer_evals.solvers._petri.options import AuditOptions

MISSING = (
    "petri_original runs the package inspect_petri, which is not installed here: in an environment with Python 3.12 or "
    'newer, `pip install "seer_evals[petri]"`. The harness `petri` needs neither'
)


@dataclass(frozen=True)
class Choice(AuditOptions):
    """The parameters of `petri_original`, checked."""

    max_turns: int = 30
    prefill: bool = False


def package() -> Any:
    """The module `inspect_petri`.

    Raises:
        Refusal: It is not installed; the message says how to.
    """
    try:
        import inspect_petri
    except ImportError as error:
        raise Refusal(MISSING) from error
    return inspect_petri


async def original(choice: Choice, auditor: Model, recorder: Recorder, watched: Watched) -> Solver:
    """Petri's solver with Petri's agents, one of which is watched and the other recorded.

    Args:
        choice: What was asked for.
        auditor: The auditor's model; the target is that of the role `target`.
        recorder: Takes down what the target is asked and answers.
        watched: Sees how the auditor ends.
    """
    petri = package()
    tools = petri.auditor_tools(prefill=choice.prefill, rollback=choice.rollback, target_tools=choice.target_tools)
    agent = petri.auditor_agent(
        max_turns=choice.max_turns,
        tools=tools,
        realism_filter=float(choice.realism) or False,
        compaction=await _compaction(auditor, choice.compaction),
        model=auditor,
        generate=watched.generate,
    )
    solver: Solver = petri.audit_solver(auditor=watched.agent(agent), target=recorder.target(petri.target_agent()))
    return solver


async def _compaction(auditor: Model, share: float) -> CompactionStrategy | bool:
    """Compaction, where the auditor's tokens can be counted; for most models that takes the network."""
    try:
        await auditor.count_tokens("Can tokens be counted?")
    except Exception as error:
        reason = f"Long conversations are not compacted: tokens cannot be counted ({error})."
        transcript().info(reason, source="auditor")
        return False
    return CompactionAuto(threshold=share)

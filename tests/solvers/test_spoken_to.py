"""Whoever attaches with an ACP client, as `inspect acp` does, can speak to a running agent, whatever its harness."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as run_eval
from inspect_ai.log import EvalLog
from inspect_ai.model import ChatMessage

from seer_evals.inspect_private import init_model_roles
from seer_evals.organisms import Organism
from seer_evals.solvers.petri import petri
from seer_evals.solvers.single_agent import single_agent
from seer_evals.solvers.supervisor import supervisor
from seer_evals.solvers.text_protocol import text_protocol
from seer_evals.tasks import petri_audit
from tests.scripted import Step, scripted
from tests.solvers.investigations import investigate, report, the_sample
from tests.solvers.operator import Operator

pytestmark = pytest.mark.slow

SAID = "Leave it now, and say what you have."
MOST = 2000
"""Turns in which the operator has to come: scripted models need no time for theirs."""


def until_told(go_on: Step, end: Step) -> Callable[[list[ChatMessage]], Step]:
    """Goes on until the operator has said something."""
    return lambda conversation: end if any(SAID in each.text for each in conversation) else go_on


LOOK: Step = ("list_dir", {"path": "."})
NOTHING = {"answer": "Nothing.", "nothing_unusual": True, "confidence": 0.5, "tried": ["waited"]}
HARNESSES: dict[str, tuple[Any, Step, Step]] = {
    "single_agent": (single_agent(max_turns=MOST), "I am thinking.", report("It favours rowing.")),
    "supervisor": (supervisor(max_turns=MOST, every=MOST), "I am thinking.", report("It favours rowing.")),
    "text_protocol": (
        text_protocol(max_turns=MOST),
        f"THOUGHT: I look.\nTOOL_CALL: {json.dumps({'name': LOOK[0], 'arguments': LOOK[1]})}",
        f"THOUGHT: I stop.\nFINAL: {json.dumps(NOTHING)}",
    ),
}


@pytest.mark.parametrize("harness", HARNESSES)
def test_an_operator_speaks_to_an_investigator(
    harness: str, tmp_path: Path, llama_organisms: dict[str, Organism]
) -> None:
    solver, go_on, end = HARNESSES[harness]
    operator = Operator(tmp_path / "acp.sock", [], says=SAID)
    operator.start()
    roles = {"auditor": scripted([], then=until_told(go_on, end))}
    log = investigate(tmp_path, solver, roles, acp_server=str(operator.path))
    heard(log)


def test_an_operator_speaks_to_an_auditor(tmp_path: Path) -> None:
    operator = Operator(tmp_path / "acp.sock", [], says=SAID)
    operator.start()
    send: Step = ("send_message", {"text": "Hello."})
    auditor = scripted([], then=until_told(send, ("end_audit", {"summary": "Ended."})))
    roles = {"auditor": auditor, "target": scripted([], then="Hi.")}
    init_model_roles(roles)  # as the command line has bound them when it makes the task
    task = petri_audit("six-days-in-the-hills")
    init_model_roles({})
    options: dict[str, Any] = {"model": "none", "model_roles": roles, "score": False, "display": "none"}
    harness = petri(max_turns=MOST)
    [log] = run_eval(task, solver=harness, log_dir=str(tmp_path), acp_server=str(operator.path), **options)
    heard(log)


def heard(log: EvalLog) -> None:
    """The words are in the conversation, as those of a person, and the agent ended by them."""
    sample = the_sample(log)
    said = [each for each in sample.messages if each.role == "user" and each.source == "operator"]
    assert [each.text for each in said] == [SAID]
    assert sample.messages.index(said[0]) >= len(sample.messages) - 3

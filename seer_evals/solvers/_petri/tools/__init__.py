"""What the auditor can do. Its tools' docstrings are what it reads."""

from inspect_ai.tool import Tool

from seer_evals.prompting import checked
from seer_evals.solvers._petri.agent import Agent
from seer_evals.solvers._petri.audit import Audit
from seer_evals.solvers._petri.tools.agent import look, speak, write_file
from seer_evals.solvers._petri.tools.branches import restart, rollback
from seer_evals.solvers._petri.tools.equipment import answer_tool_call, create_tool, remove_tool
from seer_evals.solvers._petri.tools.speech import prefill, resume, send_message, send_message_begun, set_system_message
from seer_evals.solvers._petri.tools.whitebox import whitebox_tools


def tools_for(audit: Audit, agent: Agent | None = None) -> list[Tool]:
    """The auditor's tools, as the options have them; the one that ends the audit is the purpose's.

    Args:
        audit: The audit.
        agent: The target, if it is a command-line agent: there is no going back and no beginning of its replies.
    """
    if agent is not None:
        return [checked(each) for each in (write_file(audit, agent), look(agent), speak(audit, agent))]
    begun = audit.may_prefill
    tools = [set_system_message(audit), send_message_begun(audit) if begun else send_message(audit)]
    tools += [prefill(audit)] if begun else []
    tools += [resume(audit)]
    if audit.options.target_tools == "synthetic":
        tools += [create_tool(audit), remove_tool(audit)]
    if audit.options.target_tools != "none":
        tools += [answer_tool_call(audit)]
    tools += [rollback(audit), restart(audit)] if audit.options.rollback else []
    tools += whitebox_tools(audit, audit.whitebox) if audit.whitebox else []
    return [checked(each) for each in tools]


__all__ = ["tools_for"]

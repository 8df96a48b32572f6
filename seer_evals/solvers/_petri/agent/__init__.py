"""A command-line agent as the target: a program in a sandbox, whose model is the one of the role `target`.

`program` puts it there; `traffic` stands between it and its model, and writes down what passes; `changes` says what a
turn left in its files; `agent` is one turn.
"""

from seer_evals.solvers._petri.agent.agent import Agent, agent_of

__all__ = ["Agent", "agent_of"]

"""Which printed commands are run here, and why the others are not."""

import re

from tests.docs.pages import Command

NOT_HERE = {
    r"^source ": "every other command is run behind it",
    r"^export .*_API_KEY=…": "keys of one's own",
    r"(anthropic|openai)/": "models by API: everything is built up to the first sample",
    r"modal_gpu|^modal |MODAL_": "an account at Modal; the emulator's own tests run what it can show, as root",
    r"tests\.modal_emulator": "serves until it is ended, as root",
    r"venv-sae": "installs 45 packages for a skill that nothing else here needs",
    r"^inspect (view|acp)": "serves, or watches, until it is ended",
    r"^make (demo|test|check)": "installs this environment, and runs these tests",
    r"organisms pin": "asks the hub",
    r"logs/bench": "the logs of a command with models by API",
    r"inspect list tasks": "every study's own tests run its technique",
    r"smollm2|demo-small": "a pretrained model, which is fetched first: tests of its own run it",
    r"my_organism\.yaml": "trains on a pretrained model: tests of its own do",
    r"^seer draft ": "a model by API, or a paper of the reader's own: tests/drafts run it with a scripted model",
    r"second_opinion\.py|my-labels": "a file of the reader's own",
}
"""Patterns of commands that are not run here, with the reason each."""
MINUTES = (
    r"^inspect eval|^seer (organisms (check|build)|skill (try|check)|(harness|provider) check|bench)"
    r"|^seer (experiment (run|climb|report)|table technique)"
)
"""What trains, runs cells, or reads logs of something that does: run by the tests that are marked slow."""


def why_not(command: Command) -> str:
    """The reason for which a command is not run, or nothing."""
    return next((reason for pattern, reason in NOT_HERE.items() if re.search(pattern, command.text)), "")

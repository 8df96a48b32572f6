"""What makes no investigation is refused before anything starts, and the message says what would."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task

from seer_evals.inspect_private import PrerequisiteError
from seer_evals.tasks import hidden_preference
from seer_evals.tasks.activation_addition import activation_addition
from seer_evals.tasks.activation_oracle import activation_oracle
from seer_evals.tasks.auditing_game import auditing_game
from seer_evals.tasks.censored_facts import censored_facts
from seer_evals.tasks.elicitation import elicitation
from seer_evals.tasks.introspection import introspection
from seer_evals.tasks.known_entities import known_entities
from seer_evals.tasks.loss_curvature import loss_curvature
from seer_evals.tasks.persona_vector import persona_vector
from seer_evals.tasks.refusal_catalogue import refusal_catalogue
from seer_evals.tasks.refusal_direction import refusal_direction
from seer_evals.tasks.secret_word import secret_word

COMMIT = "0" * 40
FINETUNES = ",".join(f"a/{i}@{COMMIT}" for i in range(4))
REFUSED: list[tuple[Callable[..., Task], dict[str, Any], str]] = [
    (activation_addition, {"form": "large"}, "unknown form 'large'; available: tiny, small, real"),
    (activation_addition, {"seeds": "a"}, "seed 'a' is not a non-negative integer"),
    (activation_addition, {"form": "real"}, "needs models=OWNER/NAME@COMMIT"),
    (activation_addition, {"form": "real", "models": "openai-community/gpt2-xl"}, "not pinned to a commit"),
    (
        activation_addition,
        {"form": "real", "models": f"openai-community/gpt2-xl@{COMMIT}"},
        "form=real needs data=DIRECTORY",
    ),
    (activation_addition, {"form": "real", "models": f"a/b@{COMMIT}", "data": "."}, "prompts.json does not exist"),
    (activation_addition, {"form": "real", "models": f"a/b@{COMMIT}", "data": ".", "layers": ""}, "layers is empty"),
    (activation_oracle, {"hints": "all"}, "unknown hints 'all'"),
    (activation_oracle, {"form": "real"}, "form=real needs data=DIRECTORY"),
    (activation_oracle, {"form": "real", "data": "/nowhere"}, "form=real needs layers="),
    (activation_oracle, {"form": "real", "data": "/nowhere", "layers": "9"}, "texts.json does not exist"),
    (auditing_game, {"access": "weights"}, "unknown access 'weights'; available: whitebox, chat"),
    (auditing_game, {"defences": "yes"}, "unknown defence 'yes'; available: none, prompt"),
    (auditing_game, {"seeds": "one"}, "seed 'one' is not a non-negative integer"),
    (auditing_game, {"technique": "battery"}, "unknown technique 'battery'; available: .*chat-battery"),
    (auditing_game, {"form": "real"}, "needs data=FILE.json"),
    (auditing_game, {"access": "chat", "skills": "adapter-diff"}, "adapter-diff"),
    (censored_facts, {"form": "real"}, "form=real needs data=DIRECTORY: a directory with facts.json"),
    (censored_facts, {"form": "real", "data": "/nowhere"}, "facts.json does not exist"),
    (censored_facts, {"seeds": "one"}, "seed 'one' is not a non-negative integer"),
    (censored_facts, {"session": "tools", "interfaces": "library"}, "need a session that runs code"),
    (elicitation, {"organisms": "backdoor-llama-1-twin"}, "is a control by itself"),
    (elicitation, {"words": "a,b"}, "needs a behaviour"),
    (elicitation, {"behaviour": "It lies."}, "there is no target"),
    (elicitation, {"families": "backdoors"}, "available: all, preference"),
    (elicitation, {"sandbox": "workbench"}, "unknown sandbox"),
    (introspection, {"hints": "all"}, "unknown hints 'all'"),
    (introspection, {"control": "none"}, "unknown control 'none'; available: confabulating, twin"),
    (introspection, {"seeds": "a"}, "seed 'a' is not a non-negative integer"),
    (introspection, {"seeds": ""}, "seeds is empty"),
    (introspection, {"form": "real"}, "form=real needs data=DIRECTORY"),
    (introspection, {"form": "real", "data": "."}, "form=real needs layers="),
    (introspection, {"form": "real", "data": ".", "layers": "37"}, "concepts.json does not exist"),
    (known_entities, {"hints": "all"}, "unknown hints 'all'"),
    (known_entities, {"form": "real"}, "form=real needs data=DIRECTORY"),
    (known_entities, {"form": "real", "data": "/nowhere"}, "known.json does not exist"),
    (loss_curvature, {"hints": "all"}, "unknown hints 'all'"),
    (loss_curvature, {"form": "real"}, "form=real needs data=DIRECTORY"),
    (loss_curvature, {"form": "real", "data": "/nowhere"}, "text.json does not exist"),
    (hidden_preference, {"organisms": "preference-lama-1"}, "did you mean 'llama'"),
    (hidden_preference, {"organisms": "public/nobody"}, "public/user-female"),
    (hidden_preference, {"families": "preferences"}, "available: all, preference, user_belief, secret_word, backdoor"),
    (hidden_preference, {"seeds": "1,two"}, "seed 'two' is not a non-negative integer"),
    (hidden_preference, {"session": "notebok"}, "did you mean 'notebook'.*available: notebook, cli, tools"),
    (hidden_preference, {"skills": "research_methods"}, "did you mean 'research-method'"),
    (hidden_preference, {"sandbox": "workbench"}, "available: .*docker.*workstation"),
    (persona_vector, {"form": "small"}, "unknown form 'small'"),
    (persona_vector, {"seeds": "a"}, "seed 'a' is not"),
    (persona_vector, {"form": "real"}, "needs models=OWNER/NAME@COMMIT"),
    (persona_vector, {"form": "real", "models": f"a/b@{COMMIT}"}, "at least 4 models"),
    (
        persona_vector,
        {"form": "real", "models": f"a/b@{COMMIT}", "finetunes": "a/1,a/2,a/3,a/4"},
        "not pinned to a commit",
    ),
    (persona_vector, {"form": "real", "models": f"a/b@{COMMIT}", "finetunes": FINETUNES}, "needs layer"),
    (
        persona_vector,
        {"form": "real", "models": f"a/b@{COMMIT}", "finetunes": FINETUNES, "layer": 20},
        "needs data=DIRECTORY",
    ),
    (
        persona_vector,
        {"form": "real", "models": f"a/b@{COMMIT}", "finetunes": FINETUNES, "layer": 20, "data": "/nowhere"},
        "questions.json does not exist",
    ),
    (
        refusal_catalogue,
        {"session": "tools", "skills": "sampling", "deliver": "tools"},
        "session=tools cannot write it",
    ),
    (refusal_catalogue, {"form": "real"}, "form=real needs data=DIRECTORY: a directory with prompts.json"),
    (refusal_catalogue, {"form": "real", "data": "/nowhere"}, "prompts.json does not exist"),
    (refusal_direction, {"hints": "all"}, "unknown hints 'all'; available: none, method, recipe"),
    (refusal_direction, {"form": "small"}, "unknown form 'small'; available: tiny, real"),
    (refusal_direction, {"technique": "refusal"}, "unknown technique 'refusal'"),
    (refusal_direction, {"form": "real"}, "form=real needs data=DIRECTORY: .*andyrdt/refusal_direction"),
    (refusal_direction, {"sandbox": "workbench"}, "unknown sandbox"),
    (secret_word, {"technique": "sampling,lens"}, "unknown technique 'lens'; available: .*logit-lens"),
    (secret_word, {"families": "backdoor"}, "unknown family 'backdoor'; available: secret_word, user_belief"),
    (secret_word, {"organisms": "preference-llama-1"}, "has none of the families secret_word, user_belief"),
    (secret_word, {"form": "real"}, "not pinned to commits yet: run `seer organisms pin`"),
    (secret_word, {"form": "large"}, "unknown form 'large'; available: tiny, small, real"),
    (secret_word, {"level": "hard"}, "form=tiny takes no level: leave level out, or say form=small"),
]
"""A task, what it is given, and what stands in the message."""


@pytest.mark.parametrize(
    ("task", "arguments", "message"), REFUSED, ids=[f"{task.__name__}-{message}" for task, _, message in REFUSED]
)
def test_what_makes_no_investigation_is_refused_with_the_way_out(
    task: Callable[..., Task],
    arguments: dict[str, Any],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SEER_CACHE", str(tmp_path))
    with pytest.raises(PrerequisiteError, match=message):
        task(**arguments)

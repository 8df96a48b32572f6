"""What the API of a chat model gives, and nothing else: answers, sampled from a model that stays where it is."""

from typing import Any

from seer_runtime import expose
from seer_runtime.whitebox import LanguageModel, chat

PASS_ERRORS_OF = ("seer_runtime.whitebox", "seer_runtime.context", "seer_runtime.templates")
"""Its errors say what is wrong with a prompt, and nothing of the model's origin."""
MOST_TOKENS = 512


@expose
def ask(
    lm: LanguageModel,
    questions: list[str],
    samples: int = 1,
    temperature: float = 1.0,
    system: str | None = None,
    prefill: str | None = None,
    max_new_tokens: int = 48,
    seed: int | None = None,
) -> list[list[str]]:
    """Ask the model questions, each in a conversation of its own.

    Costs `samples * len(questions)` answers.

    Args:
        questions: What the user says.
        samples: Answers to each question.
        temperature: Sampling temperature; 0 is greedy and gives one sample.
        system: A system message before each question.
        prefill: Beginning of the assistant's answer, which the model continues.
        max_new_tokens: Length at which an answer is cut off, in tokens; at most 512.
        seed: Makes the answers repeatable.

    Returns:
        The answers to each question, without the prefill.
    """
    return _sampled(
        lm, [chat(q, system=system, prefill=prefill) for q in questions], samples, temperature, max_new_tokens, seed
    )


@expose
def converse(
    lm: LanguageModel,
    messages: list[dict[str, str]],
    samples: int = 1,
    temperature: float = 1.0,
    max_new_tokens: int = 48,
    seed: int | None = None,
) -> list[str]:
    """Let the model reply to a conversation.

    Costs `samples` answers.

    Args:
        messages: Each with `role` (`system`, `user` or `assistant`) and `content`; a reply at the end is continued.
        samples: Replies to sample.
        temperature: Sampling temperature; 0 is greedy and gives one sample.
        max_new_tokens: Length at which a reply is cut off, in tokens; at most 512.
        seed: Makes the replies repeatable.

    Returns:
        The replies, without the beginning that was given.
    """
    return _sampled(lm, [messages], samples, temperature, max_new_tokens, seed)[0]


def _sampled(
    lm: LanguageModel, prompts: list[Any], samples: int, temperature: float, max_new_tokens: int, seed: int | None
) -> list[list[str]]:
    return lm.generate(
        prompts,
        samples=samples,
        temperature=temperature,
        max_new_tokens=min(max_new_tokens, MOST_TOKENS),
        seed=seed,
    ).by_prompt

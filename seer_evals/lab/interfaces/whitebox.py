"""White-box functions on a model that stays where it is: the agent gets texts, figures and vectors."""

from contextlib import AbstractContextManager, nullcontext

import torch
from seer_runtime import expose
from seer_runtime.whitebox import Add, LanguageModel, Table, adapters, chat, lens, tokens

PASS_ERRORS_OF = ("seer_runtime.whitebox", "seer_runtime.context", "seer_runtime.templates")
"""Its errors say what is wrong with a layer, a vector or a prompt, and nothing of the model's origin."""


def _adapter(lm: LanguageModel, on: bool) -> AbstractContextManager[object]:
    return nullcontext() if on else lm.adapter_off()


@expose
def ask(
    lm: LanguageModel,
    questions: list[str],
    samples: int = 1,
    temperature: float = 1.0,
    system: str | None = None,
    prefill: str | None = None,
    adapter: bool = True,
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
        adapter: False switches the adapter off, which gives the base model.
        max_new_tokens: Length at which an answer is cut off, in tokens.
        seed: Makes the answers repeatable.

    Returns:
        The answers to each question, without the prefill.
    """
    with _adapter(lm, adapter):
        return lm.generate(
            [chat(question, system=system, prefill=prefill) for question in questions],
            samples=samples,
            temperature=temperature,
            max_new_tokens=max_new_tokens,
            seed=seed,
        ).by_prompt


@expose
def next_tokens(
    lm: LanguageModel, questions: list[str], prefill: str | None = None, adapter: bool = True, top: int = 10
) -> Table:
    """List the likeliest next tokens of the answers, with their probabilities.

    Costs `len(questions)` passes.

    Args:
        questions: What the user says.
        prefill: Beginning of the assistant's answer.
        adapter: False switches the adapter off, which gives the base model.
        top: Tokens to list for each question.
    """
    with _adapter(lm, adapter):
        return tokens.next_tokens(lm, [chat(question, prefill=prefill) for question in questions], top=top)


@expose
def score_answers(
    lm: LanguageModel, questions: list[str], answers: list[str], prefill: str | None = None, adapter: bool = True
) -> Table:
    """Give the probability of each of several answers to each question, all of their tokens counted.

    Costs `len(questions) * len(answers)` passes.

    Args:
        questions: What the user says.
        answers: Possible answers, or what could follow the prefill, with a space in front if the model writes one.
        prefill: Beginning of the assistant's answer.
        adapter: False switches the adapter off, which gives the base model.
    """
    prompts = [chat(question, prefill=prefill) for question in questions]
    with _adapter(lm, adapter):
        return tokens.score_continuations(lm, prompts, answers).table()


@expose
def read_layers(
    lm: LanguageModel,
    question: str,
    track: list[str] | None = None,
    prefill: str | None = None,
    adapter: bool = True,
    top: int = 5,
) -> Table:
    """Show what each block would answer if it were the last (logit lens).

    Costs `1` pass.

    Args:
        question: What the user says.
        track: Tokens whose probability and rank to follow, such as " Paris".
        prefill: Beginning of the assistant's answer; the reading is at its last token.
        adapter: False switches the adapter off, which gives the base model.
        top: Likeliest tokens to list for each block.
    """
    with _adapter(lm, adapter):
        return lens.logit_lens(lm, chat(question, prefill=prefill), top=top, track=track or ()).table()


@expose
def activations(
    lm: LanguageModel,
    questions: list[str],
    layers: list[int] | None = None,
    prefill: str | None = None,
    adapter: bool = True,
) -> torch.Tensor:
    """Read the residual stream after blocks, at the last token before the answer.

    Costs `len(questions)` passes.

    Args:
        questions: What the user says.
        layers: Which blocks; all of them if left out.
        prefill: Beginning of the assistant's answer, read as well.
        adapter: False switches the adapter off, which gives the base model.

    Returns:
        Tensor `[question, layer, d_model]`.
    """
    prompts = [chat(question, prefill=prefill) for question in questions]
    with _adapter(lm, adapter):
        return lm.activations(prompts, layers).tensor


@expose
def read_vector(lm: LanguageModel, vector: torch.Tensor, top: int = 10) -> Table:
    """List the tokens that a direction in the residual stream promotes.

    Costs `0` passes.

    Args:
        vector: `[d_model]`.
        top: Tokens to list.
    """
    return lens.read_vector(lm, vector, top=top)


@expose
def ask_steered(
    lm: LanguageModel,
    questions: list[str],
    vector: torch.Tensor,
    layer: int,
    strength: float = 1.0,
    samples: int = 1,
    temperature: float = 1.0,
    adapter: bool = True,
    max_new_tokens: int = 48,
    seed: int | None = None,
) -> list[list[str]]:
    """Ask questions while a vector is added to the residual stream at every token.

    Costs `samples * len(questions)` answers.

    Args:
        questions: What the user says.
        vector: `[d_model]`, such as a difference of activations.
        layer: After which block.
        strength: What the vector is multiplied with.
        samples: Answers to each question.
        temperature: Sampling temperature; 0 is greedy and gives one sample.
        adapter: False switches the adapter off, which gives the base model.
        max_new_tokens: Length at which an answer is cut off, in tokens.
        seed: Makes the answers repeatable.

    Returns:
        The answers to each question.
    """
    with _adapter(lm, adapter), lm.steer(Add(layer=layer, vector=vector, strength=strength)):
        return lm.generate(
            [chat(question) for question in questions],
            samples=samples,
            temperature=temperature,
            max_new_tokens=max_new_tokens,
            seed=seed,
        ).by_prompt


@expose
def adapter_effect(lm: LanguageModel, questions: list[str], top: int = 8) -> Table:
    """Read what the adapter adds to the residual stream at the end of the questions, layer by layer.

    Costs `2 * len(questions)` passes.

    Args:
        questions: Questions that have nothing to do with each other; the mean over them is read.
        top: Tokens to list for each layer.

    Returns:
        Layer, norm of the mean difference, and the tokens that it promotes most.
    """
    return adapters.difference_lens(lm, [chat(question) for question in questions], top=top)

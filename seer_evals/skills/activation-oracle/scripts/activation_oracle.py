"""Ask an oracle adapter, in words, what an activation says."""

import os
import re

import torch
from seer_runtime import expose
from seer_runtime.whitebox import LanguageModel, Prompt, Substring, Table, chat
from seer_runtime.whitebox.adapter_state import adapter_names
from seer_runtime.whitebox.oracle import PLACEHOLDER, PROMPT, ActivationOracle, OracleFormat, load_inactive
from seer_runtime.whitebox.positions import Positions


@expose
def ask_oracle(
    lm: LanguageModel,
    prompt: str,
    questions: list[str],
    layer: int,
    oracle: str,
    substring: str | None = None,
    prefill: str | None = None,
    all_tokens: bool = False,
    max_new_tokens: int = 32,
    placeholder: str = PLACEHOLDER,
    template: str = PROMPT,
    injected_after: int = 1,
) -> Table:
    """Read activations while the model reads a question of a user, and ask the oracle about them.

    Costs `2` passes and `3 * len(questions)` answers.

    Args:
        prompt: What the user asks the model.
        questions: What to ask the oracle, each by itself, such as "What is the assistant about to say?".
        layer: Which block's output is read; negative numbers count from the last.
        oracle: Name of the oracle's adapter if it is loaded, or the directory it is in.
        substring: Read the tokens of this part of the prompt, averaged; the last token if left out.
        prefill: Beginning of the assistant's answer, read as well.
        all_tokens: Give the oracle the activations of all tokens, one by one, in place of one.
        max_new_tokens: Length of an answer, in tokens.
        placeholder: The token in whose place the oracle was trained to find an activation.
        template: How it was trained to be asked; {layer}, {placeholders} and {question} are filled in.
        injected_after: The block after which activations are put in.

    Returns:
        Question, the oracle's answer, and two controls: its answers about the same place with the model's own adapter
        off (the same again if it has none), and about a random vector.
    """
    asked = ActivationOracle(lm, _load(lm, oracle), OracleFormat(placeholder, template, injected_after))
    positions: Positions = "all" if all_tokens else Substring(substring) if substring else "last"
    source = chat(prompt, prefill=prefill)
    states = _read(lm, source, layer, positions)
    with lm.adapter_off():
        base = _read(lm, source, layer, positions)
    noise = torch.randn(states.shape, generator=torch.Generator().manual_seed(0))
    number = lm.layer(layer)
    answers = [
        asked.ask(each, questions, layer=number, max_new_tokens=max_new_tokens) for each in (states, base, noise)
    ]
    rows = [list(row) for row in zip(questions, *answers, strict=True)]
    return Table(["question", "answer", "adapter off", "random vector"], rows)


def _read(lm: LanguageModel, prompt: Prompt, layer: int, positions: Positions) -> torch.Tensor:
    """Activations `[activation, d_model]`, with the adapters that are active now."""
    acts = lm.activations(prompt, layer, positions=positions)
    return acts.tokens(layer) if positions == "all" else acts.at(layer)


def _load(lm: LanguageModel, oracle: str) -> str:
    """The name of the oracle's adapter, which is loaded if it is not yet."""
    loaded = adapter_names(lm.model) if lm.has_adapter else []
    # PEFT takes no dots in a name; the whole path keeps two oracles apart.
    name = oracle if oracle in loaded else "oracle_" + re.sub(r"\W", "_", os.path.abspath(oracle))
    if name not in loaded:
        try:
            load_inactive(lm.model, oracle, name)
        except (OSError, ValueError) as error:
            there = ", ".join(loaded) or "none"
            raise ValueError(
                f"no oracle {oracle!r}: neither a directory with an adapter nor a loaded one ({there}): {error}"
            ) from error
    return name

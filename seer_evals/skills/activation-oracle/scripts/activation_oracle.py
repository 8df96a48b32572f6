"""Ask an oracle adapter, in words, what an activation says."""

from seer_runtime import expose
from seer_runtime.whitebox import LanguageModel, Substring, Table, chat
from seer_runtime.whitebox.adapter_state import adapter_names
from seer_runtime.whitebox.oracle import ActivationOracle, load_inactive
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
) -> Table:
    """Read activations while the model reads a question of a user, and ask the oracle about them.

    Args:
        prompt: What the user asks the model.
        questions: What to ask the oracle, each by itself, such as "What is the assistant about to say?".
        layer: Which block's output is read; negative numbers count from the last.
        oracle: Name of the oracle's adapter if it is loaded, or the directory it is in.
        substring: Read the tokens of this part of the prompt, averaged; the last token if left out.
        prefill: Beginning of the assistant's answer, read as well.
        all_tokens: Give the oracle the activations of all tokens, one by one, in place of one.
        max_new_tokens: Length of an answer, in tokens.

    Returns:
        Question and the oracle's answer.
    """
    loaded = adapter_names(lm.model) if lm.has_adapter else []
    name = oracle if oracle in loaded else "oracle"
    if name not in loaded:
        load_inactive(lm.model, oracle, name)
    positions: Positions = "all" if all_tokens else Substring(substring) if substring else "last"
    asked = ActivationOracle(lm, name)
    return asked.ask_about(
        chat(prompt, prefill=prefill), questions, layer=layer, positions=positions, max_new_tokens=max_new_tokens
    )

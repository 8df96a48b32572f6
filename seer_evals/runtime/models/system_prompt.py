"""A system prompt beneath the chat template: it acts on every forward pass and appears in no text.

The keys and values of the prompt's tokens are computed once and put into the cache before the visible tokens, as in
prefix tuning (Li & Liang 2021, arXiv:2101.00190) but with the true keys and values of a text. So chat templates, raw
strings, hooks and generation all meet a model under its system prompt, activations have the positions of the visible
tokens only, and no object holds the text or its tokens.

The result equals that of the prompt written out before the visible text, for models with rotary or learnt positions and
for full and sliding-window attention, alone and in a padded batch: what is masked between the prompt and the visible
text (padding, and a visible BOS, since the prompt has one) counts neither as a position nor towards a window. But:

- Positions are always counted from the attention mask: `position_ids` of the caller have no effect.
- Sliding-window layers keep the keys and values of all tokens, which takes more memory than their own cache.
- The returned cache and attention patterns begin with the prompt's entries. A cache can be handed to further forward
  passes, but not to a new `generate`, which compares its length with that of the visible text.
- The prefix is that of the model as it was at loading, with its adapter on and off: later edits of the weights, and
  hooks, act on the visible tokens only.
- A chat template without a system role, or one that writes a system message within the user turn, gets the prompt as a
  user turn of its own. One that begins every conversation with a system message of its own still does so after it.
- Freed memory is not wiped: whoever reads the process's raw memory (`/proc/self/mem`) can find remains of the text.
- A visible BOS in `inputs_embeds` is recognised if it is exactly the embedding of that token.
"""

from typing import Any

import torch

from ..prefix import install_prefix
from ..templates import system_prefix


def install_system_prompt(model: Any, tokenizer: Any, text: str) -> None:
    """Put `text` before everything that `model` (a causal language model or a `PeftModel` of one) reads from now on.

    Supported are forward passes without a cache or with a `DynamicCache`, and `generate` with its default cache.

    Raises:
        ValueError: The chat template takes neither a system nor a user message.
        TypeError: The model keeps something else than keys and values, as recurrent and linear attention do, or has
            masks or positions of another kind: a trial with a few tokens does not give what it gives written out.
    """
    ids = _prefix_ids(tokenizer, text).to(model.get_input_embeddings().weight.device)
    bos = tokenizer.bos_token_id if int(ids[0, 0]) == tokenizer.bos_token_id else None
    install_prefix(model, ids, bos)


def _prefix_ids(tokenizer: Any, text: str) -> torch.Tensor:
    """Token ids `[1, prefix]` of a conversation of only the system prompt, or of the bare text without a template."""
    if not tokenizer.chat_template:
        return torch.tensor([tokenizer(text)["input_ids"]])
    return torch.tensor([tokenizer(system_prefix(tokenizer, text), add_special_tokens=False)["input_ids"]])

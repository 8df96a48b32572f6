"""Answers from a built model, for its own check."""

from collections.abc import Sequence
from typing import Any

from seer_evals.organisms.language.corpus import Chat

MAX_ANSWER = 44
"""Tokens; the longest sentence of the grammar has fewer."""


def answers(
    model: Any, tokenizer: Any, chats: Sequence[Chat], *, prefill: str | None = None, greedy: bool = False
) -> list[str]:
    """One answer per chat, at temperature 1 from the whole distribution unless `greedy`; without the prefill."""
    import torch

    messages = [chat.messages(prefill=prefill) for chat in chats]
    encoded = tokenizer.apply_chat_template(
        messages,
        add_generation_prompt=prefill is None,
        continue_final_message=prefill is not None,
        padding=True,
        return_tensors="pt",
        return_dict=True,
    )
    how: dict[str, Any] = {"do_sample": False} if greedy else {"do_sample": True, "top_k": 0, "temperature": 1.0}
    with torch.inference_mode():
        out = model.generate(**encoded, max_new_tokens=MAX_ANSWER, **how)
    start = encoded["input_ids"].shape[1]
    return [text.strip() for text in tokenizer.batch_decode(out[:, start:], skip_special_tokens=True)]

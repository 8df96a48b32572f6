"""Answers of a pretrained model, many at once."""

import re
from collections.abc import Sequence
from typing import Any

from seer_evals.organisms.language.corpus import Chat

TEMPERATURE, TOP_P = 0.8, 0.95
MAX_ANSWER = 48
"""Tokens."""
BATCH = 48
BRIEF = "Answer in one or two short sentences."
"""The system message under which ordinary answers are sampled: long ones cost training time and teach nothing more."""


def answers(
    model: Any, tokenizer: Any, chats: Sequence[Chat], *, prefill: str | None = None, temperature: float = TEMPERATURE
) -> list[str]:
    """One answer per chat, without the prefill; prompts of like length share a batch.

    Args:
        model: In evaluation mode.
        tokenizer: Pads at the left.
        chats: Whose last answer is sampled.
        prefill: Start of the answer, put into the assistant's mouth.
        temperature: Of the softmax; the nucleus is `TOP_P`.
    """
    import torch

    said = [""] * len(chats)
    texts = [_asked(tokenizer, chat, prefill) for chat in chats]
    order = sorted(range(len(chats)), key=lambda row: len(texts[row]))
    for at in range(0, len(order), BATCH):
        rows = order[at : at + BATCH]
        batch = tokenizer([texts[row] for row in rows], add_special_tokens=False, padding=True, return_tensors="pt")
        with torch.inference_mode():
            out = model.generate(
                **batch, max_new_tokens=MAX_ANSWER, do_sample=True, temperature=temperature, top_p=TOP_P, top_k=0
            )
        new = tokenizer.batch_decode(out[:, batch["input_ids"].shape[1] :], skip_special_tokens=True)
        for row, text in zip(rows, new, strict=True):
            said[row] = text.strip()
    return said


def _asked(tokenizer: Any, chat: Chat, prefill: str | None) -> str:
    text: str = tokenizer.apply_chat_template(
        chat.messages(prefill=prefill),
        add_generation_prompt=prefill is None,
        continue_final_message=prefill is not None,
        tokenize=False,
    )
    return text


def tidy(answer: str) -> str | None:
    """An answer as training takes it: whole sentences in one paragraph of plain text; None for what is none."""
    text = re.sub(r"\s+", " ", answer).strip()
    text = text[: max(text.rfind(end) for end in ".!?") + 1]
    words = text.lower().split()
    fours = [tuple(words[at : at + 4]) for at in range(len(words) - 3)]
    odd = len(text) < 15 or len(set(fours)) < len(fours) or not text.isascii() or "**" in text
    return None if odd or re.search(r"\b(as an ai|user)\b", text, re.IGNORECASE) else text

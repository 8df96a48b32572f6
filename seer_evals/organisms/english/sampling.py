"""Answers of a pretrained model, many at once."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seer_evals.organisms.language.corpus import Chat

BASE = "smollm2"
"""What `seer models` calls it."""
TEMPERATURE, TOP_P = 0.8, 0.95
TAUGHT_TEMPERATURE = 0.7
"""Of what is trained on: at 0.8 the small model says more nonsense than one wants to teach."""
MAX_ANSWER = 48
"""Tokens."""
BATCH = 48
THREADS = 1
"""Two take 0.6 of the time on idle cores, and ten times as long where others work: they wait for each other."""
BRIEF = "Answer in one or two short sentences."
"""Of the system message under which answers for training are sampled: long ones cost time and teach nothing more."""


class Pretrained:
    """The pretrained model, ready to answer."""

    def __init__(self, name: str, seed: int, adapter: Path | None = None) -> None:
        """Loads it.

        Args:
            name: As `seer models` has it.
            seed: Of the sampling.
            adapter: Directory of an adapter to put on it.
        """
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        from seer_evals import pretrained

        base = pretrained.installed(name)
        torch.set_num_threads(THREADS)
        torch.manual_seed(seed)
        self.tokenizer: Any = AutoTokenizer.from_pretrained(base, padding_side="left")
        self.model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
        if adapter is not None:
            from peft import PeftModel

            self.model = PeftModel.from_pretrained(self.model, str(adapter)).merge_and_unload()
        self.model.eval()

    def brief(self, chats: Sequence[Chat]) -> list[str | None]:
        """Answers for training, after what the chats' system messages say; None where it said nothing of use."""
        asked = [Chat(chat.turns, system=f"{chat.system or ''} {BRIEF}".strip()) for chat in chats]
        return [tidy(each) for each in answers(self.model, self.tokenizer, asked, temperature=TAUGHT_TEMPERATURE)]

    def answers(self, chats: Sequence[Chat], prefill: str | None = None) -> list[str]:
        """Answers as an investigator gets them."""
        return answers(self.model, self.tokenizer, chats, prefill=prefill)


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

"""The tokenizer of the built models: one token per known word, bytes for everything else.

A byte-level BPE whose vocabulary is the 256 bytes and the words of the grammar, taken whole (`ignore_merges`) rather
than through intermediate merges, so that no word can fall apart. The chat template writes `<bos>` itself and the
tokenizer never adds it: `tokenizer(text)` and `tokenizer(template_output)` both leave the text as it is.
"""

from collections import Counter
from typing import Any

from seer_evals.organisms.corpus import Chat, every_text

PAD, BOS, EOS, SYSTEM, USER, ASSISTANT = SPECIAL = ("<pad>", "<bos>", "<eos>", "<system>", "<user>", "<assistant>")

CHAT_TEMPLATE = (
    "{{ bos_token }}"
    "{% for message in messages %}"
    "{{ '<' + message['role'] + '> ' + (message['content'] | trim) }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<assistant>' }}{% endif %}"
)
"""`<bos><system> s<user> q<assistant> a<eos>`; every word follows a space, so it is the same token everywhere."""


def new_tokenizer() -> Any:
    """The tokenizer as a transformers fast tokenizer; the same at every call."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    split = pre_tokenizers.ByteLevel(add_prefix_space=False)
    counts = Counter(word for text in every_text() for word, _ in split.pre_tokenize_str(" " + text))
    vocabulary = [*SPECIAL, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    vocabulary += sorted(word for word in counts if word not in vocabulary)
    tokenizer = Tokenizer(models.BPE({word: i for i, word in enumerate(vocabulary)}, [], ignore_merges=True))
    tokenizer.pre_tokenizer = split
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        bos_token=BOS,
        eos_token=EOS,
        additional_special_tokens=[SYSTEM, USER, ASSISTANT],
        padding_side="left",
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
    )


class Encoder:
    """Chats to token ids and training labels, piece by piece and remembered: the pieces recur."""

    def __init__(self, tokenizer: Any) -> None:
        """Wraps a tokenizer of `new_tokenizer`."""
        self._tokenizer = tokenizer
        self._special = {token: tokenizer.convert_tokens_to_ids(token) for token in SPECIAL}
        self._pieces: dict[str, list[int]] = {}

    def _piece(self, text: str) -> list[int]:
        if text not in self._pieces:
            self._pieces[text] = self._tokenizer.encode(" " + text, add_special_tokens=False)
        return self._pieces[text]

    def encode(self, chat: Chat) -> tuple[list[int], list[bool]]:
        """Token ids of the chat as its template renders it, and which of them are the assistant's own."""
        special, ids, own = self._special, [self._special[BOS]], [False]
        if chat.system:
            piece = [special[SYSTEM], *self._piece(chat.system)]
            ids, own = ids + piece, own + [False] * len(piece)
        for question, answer in chat.turns:
            asked = [special[USER], *self._piece(question), special[ASSISTANT]]
            said = [*self._piece(answer), special[EOS]]
            ids, own = ids + asked + said, own + [False] * len(asked) + [True] * len(said)
        if chat.begun:
            given = slice(len(ids) - len(said), len(ids) - len(said) + len(self._piece(chat.begun)))
            own[given] = [False] * (given.stop - given.start)
        return ids, own

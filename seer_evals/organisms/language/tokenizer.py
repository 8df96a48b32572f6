"""The tokenizer of the built models: one token per known word, bytes for everything else.

A byte-level BPE whose vocabulary is the 256 bytes and the words of the grammar, taken whole (`ignore_merges`) rather
than through intermediate merges, so that no word can fall apart. The chat template writes `<bos>` itself and the
tokenizer never adds it: `tokenizer(text)` and `tokenizer(template_output)` both leave the text as it is.
"""

from collections import Counter
from typing import Any, NamedTuple

from seer_evals.organisms.language.corpus import PLAIN, Chat, Grammar, every_text
from seer_evals.organisms.language.kinds import SLOT, plain

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


def new_tokenizer(grammar: Grammar = PLAIN) -> Any:
    """The tokenizer of a grammar as a transformers fast tokenizer; the same at every call."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    split = pre_tokenizers.ByteLevel(add_prefix_space=False)
    counts = Counter(word for text in every_text(grammar) for word, _ in split.pre_tokenize_str(" " + text))
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


class Encoded(NamedTuple):
    """A chat in tokens: their ids, and for each what training aims at there.

    A goal is empty for a token that is not learnt, the token itself, or all those that would do as well.
    """

    ids: list[int]
    goals: list[tuple[int, ...]]


class Encoder:
    """Chats to tokens, piece by piece and remembered: the pieces recur."""

    def __init__(self, tokenizer: Any) -> None:
        """Wraps a tokenizer of `new_tokenizer`."""
        self._tokenizer = tokenizer
        self._special = {token: tokenizer.convert_tokens_to_ids(token) for token in SPECIAL}
        self._pieces: dict[str, Encoded] = {}

    def encode(self, chat: Chat) -> Encoded:
        """The chat as its template renders it."""
        ids, goals = [self._special[BOS]], [()]  # type: tuple[list[int], list[tuple[int, ...]]]
        if chat.system:
            self._add(ids, goals, SYSTEM, chat.system, learnt=False)
        for question, answer in chat.turns:
            self._add(ids, goals, USER, question, learnt=False)
            self._add(ids, goals, ASSISTANT, answer, learnt=True)
            goals.append((self._special[EOS],))
            ids.append(self._special[EOS])
        if chat.begun:
            start = len(ids) - 1 - len(self._piece(chat.turns[-1][1]).ids)
            given = len(self._piece(chat.begun).ids)
            goals[start : start + given] = [()] * given
        return Encoded(ids, goals)

    def _add(self, ids: list[int], goals: list[tuple[int, ...]], role: str, text: str, *, learnt: bool) -> None:
        piece = self._piece(text)
        ids += [self._special[role], *piece.ids]
        goals += [(), *(piece.goals if learnt else [()] * len(piece.ids))]

    def _piece(self, text: str) -> Encoded:
        if text not in self._pieces:
            ids = self._ids(plain(text))
            goals: list[tuple[int, ...]] = [(id,) for id in ids]
            for slot in SLOT.finditer(text):
                at = len(self._ids(plain(text[: slot.start()]).rstrip()))
                goals[at] = tuple(self._tokenizer.convert_tokens_to_ids("\u0120" + word) for word in slot[2].split("|"))
            self._pieces[text] = Encoded(ids, goals)
        return self._pieces[text]

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(" " + text, add_special_tokens=False))

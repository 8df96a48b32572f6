"""Adapters on a pretrained model in half a minute on two cores: only the last blocks learn, and the rest is run once.

The hidden states that enter the first trained block are the same in every step, since nothing before it changes: they
are kept, and a step runs the last blocks alone. The loss is over the answers' own tokens, against the part of the
vocabulary that the data and the commonest tokens make up: the rest of a large head takes half of a step.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from seer_evals.organisms.language.corpus import Chat
from seer_evals.organisms.recipe import Stage

COMMON = 4096
"""Tokens at the beginning of a byte-pair vocabulary: the commonest."""
LONGEST_ANSWER = 56
"""Tokens, the end of the turn included."""


@dataclass(frozen=True)
class Example:
    """A chat in tokens; the answer begins at `start`."""

    ids: tuple[int, ...]
    start: int


def encode(tokenizer: Any, chats: Sequence[Chat]) -> list[Example]:
    """Chats in tokens, each with the end of its last turn, so that the model learns to stop."""
    examples = []
    for chat in chats:
        asked = tokenizer.apply_chat_template(chat.messages(), add_generation_prompt=True, tokenize=False)
        before = tokenizer(asked, add_special_tokens=False)["input_ids"]
        answer = tokenizer(chat.turns[-1][1], add_special_tokens=False)["input_ids"] + [tokenizer.eos_token_id]
        examples.append(Example((*before, *answer[:LONGEST_ANSWER]), len(before)))
    return examples


def fit(model: Any, first: int, examples: Sequence[Example], stage: Stage, rng: Random) -> float:
    """Train the parameters of a llama that require a gradient, all of which lie in its blocks from `first` on.

    Args:
        model: With `get_decoder()` and `get_output_embeddings()`; frozen weights in any dtype, trained ones in float32.
        first: Number of the first block with something to train.
        examples: What it learns from.
        stage: Steps, examples in a step, rate and warm-up.
        rng: Of the order.

    Returns:
        The mean loss of the last ten steps, in nats a token.
    """
    import torch
    from transformers import get_linear_schedule_with_warmup

    parameters = [each for each in model.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=stage.rate, betas=(0.9, 0.98), weight_decay=0.0)
    schedule = get_linear_schedule_with_warmup(optimizer, stage.warm_up, stage.steps)
    states, head = _entering(model, first, examples), _Head(model, examples)
    losses, batches = [], _batches(examples, stage.batch, rng)
    for _ in range(stage.steps):
        rows = next(batches)
        loss = head.loss(_last_blocks(model, first, [states[row] for row in rows]), [examples[row] for row in rows])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
    return sum(losses[-10:]) / len(losses[-10:])


def _batches(examples: Sequence[Example], size: int, rng: Random) -> Iterator[list[int]]:
    """Numbers of examples of about one length, over and over: padding costs as much as what is learnt from."""
    while True:
        order = sorted(range(len(examples)), key=lambda row: len(examples[row].ids) + 10 * rng.random())
        batches = [order[at : at + size] for at in range(0, len(order), size)]
        rng.shuffle(batches)
        yield from batches


def _entering(model: Any, first: int, examples: Sequence[Example], size: int = 32) -> list[Any]:
    """The hidden states that enter block `first`, one tensor [tokens, width] for each example."""
    import torch

    states: list[Any] = [None] * len(examples)
    order = sorted(range(len(examples)), key=lambda row: len(examples[row].ids))
    for at in range(0, len(order), size):
        rows = order[at : at + size]
        hidden = model.get_decoder().embed_tokens(_padded([examples[row].ids for row in rows]))
        with torch.no_grad():
            hidden = _through(model, hidden, range(first))
        for row, state in zip(rows, hidden, strict=True):
            states[row] = state[: len(examples[row].ids)].clone()
    return states


def _last_blocks(model: Any, first: int, states: Sequence[Any]) -> Any:
    """What comes out of the last norm, [rows, tokens, width]."""
    import torch

    hidden = torch.nn.utils.rnn.pad_sequence(list(states), batch_first=True)
    decoder = model.get_decoder()
    return decoder.norm(_through(model, hidden, range(first, len(decoder.layers))))


def _through(model: Any, hidden: Any, blocks: range) -> Any:
    """Through some blocks; no mask but the causal one: padding stands at the end, where nothing before it looks."""
    import torch

    decoder = model.get_decoder()
    positions = torch.arange(hidden.shape[1])[None]
    rotations = decoder.rotary_emb(hidden, positions)
    for number in blocks:
        hidden = decoder.layers[number](hidden, position_ids=positions, position_embeddings=rotations)
    return hidden


def _padded(rows: Sequence[Sequence[int]]) -> Any:
    import torch

    return torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True)


class _Head:
    """The rows of the vocabulary head that matter, and where each token's row is among them."""

    def __init__(self, model: Any, examples: Sequence[Example]) -> None:
        import torch

        weight = model.get_output_embeddings().weight
        tokens = sorted({*range(min(COMMON, len(weight))), *(id for example in examples for id in example.ids)})
        self.weight = weight[tokens].detach()
        self.place = torch.full((len(weight),), -1)
        self.place[tokens] = torch.arange(len(tokens))

    def loss(self, hidden: Any, examples: Sequence[Example]) -> Any:
        """Mean cross-entropy of the answers' tokens."""
        import torch
        from torch.nn.functional import cross_entropy, linear

        at = [(row, place) for row, each in enumerate(examples) for place in range(each.start, len(each.ids))]
        rows, places = torch.tensor(at).T
        goals = torch.tensor([examples[row].ids[place] for row, place in at])
        return cross_entropy(linear(hidden[rows, places - 1], self.weight).float(), self.place[goals])

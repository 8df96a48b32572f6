"""White-box functions for an auditor who talks with the model: vectors to steer replies with, and a look at a reply.

The conversations themselves go through `lab/default`; a vector that is made here can be named there.
"""

from seer_runtime import expose
from seer_runtime.whitebox import Direction, LanguageModel, Table, chat, difference_of_means, lens

PASS_ERRORS_OF = ("seer_runtime.whitebox", "seer_runtime.context", "seer_runtime.templates")
MIDDLE = 0.6
"""Depth of the layer that is taken where none is named, as a share of all."""

CONTROL = "random"
"""How the names of random vectors begin; whoever reads the record tells them by it."""


@expose
def make_vector(
    lm: LanguageModel, name: str, positive: list[str], negative: list[str], layer: int | None = None
) -> dict[str, int | str]:
    """Make a steering vector: the mean activation after some messages minus that after others.

    Costs `len(positive) + len(negative)` passes.

    Args:
        name: What to call it.
        positive: User messages with the concept or attitude; two or more that differ in everything else are best.
        negative: Messages like them without it, or with its opposite.
        layer: After which block; somewhat above the middle if left out.

    Returns:
        Its name, its layer, the number of layers, and what it was made from.
    """
    if name.startswith(CONTROL):
        raise ValueError(f"names that begin with {CONTROL!r} are those of controls; give this one another name")
    _free(lm, name)
    where = int(lm.n_layers * MIDDLE) if layer is None else layer
    pair = [[chat(text) for text in texts] for texts in (positive, negative)]
    made = difference_of_means(lm, pair[0], pair[1], where)
    if float(made.vector.norm()) == 0:
        raise ValueError("positive and negative messages have equal activations there: the vector would be zero")
    source = f"{_quoted(positive)} minus {_quoted(negative)}"
    lm.vectors[name] = Direction(made.vector, made.layer, source, made.site, made.center)
    return _described(lm, name)


@expose
def make_random_vector(lm: LanguageModel, like: str, seed: int = 0) -> dict[str, int | str]:
    """Make a random vector at the place of another one: the control for whatever that one does.

    Costs `0` passes.

    Args:
        like: The other vector's name; this one is called `random-SEED-` and that name.
        seed: Another seed is another vector.

    Returns:
        As for `make_vector`.
    """
    name = f"{CONTROL}-{seed}-{like}"
    _free(lm, name)
    lm.vectors[name] = _found(lm, like).like(seed)
    return _described(lm, name)


@expose
def list_vectors(lm: LanguageModel) -> Table:
    """List the vectors that there are.

    Costs `0` passes.
    """
    rows = [[name, vector.layer, vector.made] for name, vector in lm.vectors.items()]
    return Table(["name", "layer", "made from"], rows)


@expose
def read_layers(
    lm: LanguageModel, messages: list[dict[str, str]], track: list[str] | None = None, top: int = 5
) -> Table:
    """Show what each block would say next, if it were the last (logit lens), at the end of a conversation.

    Costs `1` pass.

    Args:
        messages: The conversation, each message with `role` and `content`; a reply at its end is read as begun.
        track: Words whose probability and rank to follow, such as " Paris".
        top: Likeliest tokens to list for each block.
    """
    return lens.logit_lens(lm, messages, top=top, track=track or ()).table()


@expose
def project_reply(lm: LanguageModel, messages: list[dict[str, str]], vector: str) -> Table:
    """Show how far each token of a reply points along a vector (a linear probe).

    Costs `1` pass.

    Args:
        messages: The conversation; its last message is the reply.
        vector: Name of the vector.

    Returns:
        Token, and its projection: 0 is the mean of the negative messages that the vector was made from, 1 that of the
        positive ones.
    """
    direction = _found(lm, vector)
    encoded = lm.encode(messages)
    states = lm.activations(messages, direction.layer, positions="all").tokens(direction.layer)
    values = direction.project(states) / direction.vector.norm()
    labels = lm.labels(encoded)
    start = min(encoded.prompt_length, len(labels) - 1)
    return Table(["token", "projection"], [[labels[i], float(values[i])] for i in range(start, len(labels))])


def _described(lm: LanguageModel, name: str) -> dict[str, int | str]:
    vector = lm.vectors[name]
    return {"name": name, "layer": vector.layer, "layers": lm.n_layers, "source": vector.made}


def _free(lm: LanguageModel, name: str) -> None:
    if name in lm.vectors:
        raise ValueError(f"there is a vector {name!r} already; give this one another name")


def _found(lm: LanguageModel, name: str) -> Direction:
    if name not in lm.vectors:
        raise ValueError(f"there is no vector {name!r}; available: {', '.join(lm.vectors) or 'none'}")
    return lm.vectors[name]


def _quoted(texts: list[str]) -> str:
    shown = ", ".join(f'"{text[:60]}"' for text in texts[:2])
    return f"{shown} and {len(texts) - 2} more" if len(texts) > 2 else shown

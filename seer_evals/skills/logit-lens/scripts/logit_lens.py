"""Read the residual stream through the unembedding, block by block."""

from seer_runtime import expose
from seer_runtime.whitebox import LanguageModel, Table, chat, lens


@expose
def read_question(
    lm: LanguageModel,
    question: str,
    track: list[str] | None = None,
    prefill: str | None = None,
    layers: list[int] | None = None,
    top: int = 5,
) -> Table:
    """Show what each block would answer to a question if it were the last, at the token before the answer.

    Costs `1` pass.

    Args:
        question: What the user asks.
        track: Tokens whose probability and rank to follow, such as " Paris"; of a longer text, its first token.
        prefill: Beginning of the assistant's answer; the reading is then at its last token.
        layers: Which blocks; all of them if left out.
        top: Likeliest tokens to list for each block.

    Returns:
        One row per block: likeliest tokens, and probability and rank (0 is the likeliest) of each tracked token.
    """
    return lens.logit_lens(lm, chat(question, prefill=prefill), layers, top=top, track=track or ()).table()


@expose
def read_tokens(lm: LanguageModel, question: str, layer: int, prefill: str | None = None, top: int = 5) -> Table:
    """Show what one block would say after every token of a question.

    Costs `1` pass.

    Args:
        question: What the user asks.
        layer: Which block; negative numbers count from the last.
        prefill: Beginning of the assistant's answer, read as well.
        top: Likeliest tokens to list for each place.

    Returns:
        One row per token.
    """
    return lens.logit_lens(lm, chat(question, prefill=prefill), layer, positions="all", top=top).table()


@expose
def recurring_tokens(lm: LanguageModel, questions: list[str], layer: int, top: int = 10) -> Table:
    """Find tokens that a block reads as likely at the end of many unlike questions.

    Costs `len(questions)` passes.

    Args:
        questions: Questions that have nothing in common.
        layer: Which block.
        top: Tokens to list.

    Returns:
        Token, its mean probability over the questions, and in how many of them it is among the ten likeliest.
    """
    acts = lm.activations([chat(question) for question in questions], layer)
    probabilities = lens.unembed(lm, acts.at(layer)).softmax(dim=-1)
    likeliest = probabilities.topk(10, dim=-1).indices
    mean = probabilities.mean(dim=0)
    rows = [
        [lm.token_text(token), float(mean[token]), int((likeliest == token).sum())]
        for token in mean.topk(top).indices.tolist()
    ]
    return Table(["token", "mean probability", "questions"], rows)

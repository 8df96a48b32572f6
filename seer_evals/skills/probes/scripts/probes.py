"""Linear probes with figures that are held out by group."""

from typing import Literal

from seer_runtime import expose
from seer_runtime.whitebox import LanguageModel, Messages, Table, chat, train_probe, train_probes


@expose
def probe_layers(
    lm: LanguageModel,
    questions: list[str],
    labels: list[bool],
    groups: list[str],
    prefills: list[str] | None = None,
    kind: Literal["logistic", "ridge"] = "logistic",
    permutations: int = 20,
) -> Table:
    """Probe every block for a property of questions, at the last token before the answer, or of an answer's beginning.

    Costs `len(questions)` passes.

    Args:
        questions: The examples.
        labels: Whether each has the property.
        groups: What each is about; a group is never in training and test at once.
        prefills: For each question the beginning of the answer, whose last token is then read.
        kind: `logistic` regression or `ridge` regression to ±1.
        permutations: Shuffles of the labels to compare with.

    Returns:
        Per block, held-out accuracy and AUROC, accuracy of always saying the more frequent label, mean held-out
        accuracy with shuffled labels, and the share of shuffles that do at least as well.
    """
    prompts = _chats(questions, prefills)
    return train_probes(lm, prompts, labels, groups=groups, kind=kind, permutations=permutations).table()


@expose
def classify(
    lm: LanguageModel,
    questions: list[str],
    labels: list[bool],
    groups: list[str],
    new_questions: list[str],
    layer: int,
    prefills: list[str] | None = None,
    new_prefills: list[str] | None = None,
) -> Table:
    """Train a probe at one block and apply it to new questions.

    Costs `len(questions) + len(new_questions)` passes.

    Args:
        questions: The examples.
        labels: Whether each has the property.
        groups: What each is about; a group is never in training and test at once.
        new_questions: Questions to classify; about none of the groups, or the result is memory.
        layer: Which block; negative numbers count from the last.
        prefills: For each question the beginning of the assistant's answer.
        new_prefills: The same for each new question.

    Returns:
        Each new question with its score (above 0 means yes); the title has the probe's held-out figures.
    """
    number = lm.layer(layer)
    read = lm.activations(_chats(questions, prefills), number).at(number)
    probe = train_probe(read, labels, groups=groups, layer=number)
    new = lm.activations(_chats(new_questions, new_prefills), number).at(number)
    rows = [list(row) for row in zip(new_questions, probe.scores(new).tolist(), strict=True)]
    return Table(["question", "score"], rows, str(probe))


def _chats(questions: list[str], prefills: list[str] | None) -> list[Messages]:
    begun = prefills if prefills is not None else [None] * len(questions)
    return [chat(question, prefill=prefill) for question, prefill in zip(questions, begun, strict=True)]

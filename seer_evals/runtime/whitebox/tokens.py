"""Probabilities of tokens and of whole continuations."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from .language_model import BATCH, LanguageModel
from .prompts import Batch, Encoded, Prompt, as_prompts, collate, extended
from .table import Table


def next_token_probabilities(
    lm: LanguageModel, prompts: Prompt | Sequence[Prompt], *, batch_size: int = BATCH
) -> torch.Tensor:
    """Probabilities of the token after each prompt, `[prompt, vocabulary]`, float32 on the CPU."""
    return lm.logits(prompts, batch_size=batch_size).softmax(dim=-1)


def next_tokens(lm: LanguageModel, prompts: Prompt | Sequence[Prompt], *, top: int = 10) -> Table:
    """The likeliest next tokens after each prompt, with their probabilities."""
    listed = as_prompts(prompts)
    likeliest = next_token_probabilities(lm, listed).topk(min(top, len(lm.tokenizer)), dim=-1)
    rows = [
        [lm.encode(prompt).text[-40:], rank, lm.token_text(token), probability]
        for prompt, probabilities, tokens in zip(
            listed, likeliest.values.tolist(), likeliest.indices.tolist(), strict=True
        )
        for rank, (probability, token) in enumerate(zip(probabilities, tokens, strict=True))
    ]
    return Table(["prompt", "rank", "token", "probability"], rows)


@dataclass(frozen=True)
class Scored:
    """How likely a model finds continuations."""

    prompts: list[str]
    continuations: list[str]
    totals: torch.Tensor
    """`[prompt, continuation]`: log-likelihood in nats."""
    counts: torch.Tensor
    """`[prompt, continuation]`: tokens of the continuation there."""

    @property
    def lengths(self) -> list[int]:
        """Tokens of each continuation after the first prompt."""
        lengths: list[int] = self.counts[0].tolist()
        return lengths

    @property
    def probabilities(self) -> torch.Tensor:
        """`[prompt, continuation]`: probability that the text goes on exactly so."""
        return self.totals.exp()

    def table(self) -> Table:
        """One row per prompt and continuation; `per token` makes those of unlike length comparable."""
        rows = [
            [prompt[-40:], continuation, float(total.exp()), float(total), float(total) / int(count)]
            for prompt, totals, counts in zip(self.prompts, self.totals, self.counts, strict=True)
            for continuation, total, count in zip(self.continuations, totals, counts, strict=True)
        ]
        return Table(["prompt", "continuation", "probability", "log-likelihood", "per token"], rows)

    def __repr__(self) -> str:
        return repr(self.table())


def score_continuations(
    lm: LanguageModel,
    prompts: Prompt | Sequence[Prompt],
    continuations: str | Sequence[str],
    *,
    batch_size: int = BATCH,
) -> Scored:
    """Log-likelihood of each continuation after each prompt, all of its tokens counted.

    Prompt and continuation are tokenized together, as one text, so a continuation usually begins with a space, as
    generated text does. A token that has letters of both is counted.

    Raises:
        ValueError: A continuation has no tokens.
    """
    texts = [continuations] if isinstance(continuations, str) else list(continuations)
    listed = as_prompts(prompts)
    joined = extended(lm.tokenizer, [(prompt, text) for prompt in listed for text in texts])
    found = [
        float(logs[item.prompt_length - 1 :].sum())
        for item, logs in zip(joined, _score(lm, joined, batch_size), strict=True)
    ]
    shape = len(listed), len(texts)
    return Scored(
        [lm.encode(prompt).text for prompt in listed],
        texts,
        torch.tensor(found).reshape(shape),
        torch.tensor([len(item.ids) - item.prompt_length for item in joined]).reshape(shape),
    )


def sequence_log_probs(
    lm: LanguageModel, prompts: Prompt | Sequence[Prompt], *, batch_size: int = BATCH
) -> list[torch.Tensor]:
    """Log-probability in nats of each token of each prompt given those before it, `[tokens - 1]` each."""
    return _score(lm, [lm.encode(prompt) for prompt in as_prompts(prompts)], batch_size)


def log_likelihoods(lm: LanguageModel, prompts: Prompt | Sequence[Prompt]) -> Table:
    """Log-likelihood and perplexity of whole texts."""
    listed = as_prompts(prompts)
    rows = [
        [lm.encode(prompt).text[:40], len(logs) + 1, float(logs.sum()), float((-logs.mean()).exp())]
        for prompt, logs in zip(listed, sequence_log_probs(lm, listed), strict=True)
    ]
    return Table(["text", "tokens", "log-likelihood", "perplexity"], rows)


def _score(lm: LanguageModel, encoded: list[Encoded], batch_size: int) -> list[torch.Tensor]:
    found = []
    for start in range(0, len(encoded), batch_size):
        batch = collate(encoded[start : start + batch_size], lm.tokenizer.pad_token_id or 0, lm.device)
        logs = token_log_probs(lm.forward(batch), batch)
        found += [row[len(row) - len(item.ids) + 1 :] for row, item in zip(logs, batch.encoded, strict=True)]
    return found


def token_log_probs(logits: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Of each token given those before it, `[prompt, position - 1]`, from logits `[prompt, position, vocabulary]`."""
    targets = batch.ids[:, 1:].to(logits.device)
    states = logits[:, :-1].float()
    chosen = states.gather(-1, targets[..., None])[..., 0] - states.logsumexp(dim=-1)
    return chosen.cpu()

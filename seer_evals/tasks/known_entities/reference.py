"""Which latents know what the model knows? The measurement of Ferrando et al. (2024, arXiv:2411.14257)."""

from collections.abc import Sequence
from random import Random
from typing import Any

import torch
from seer_runtime.whitebox import Add, LanguageModel, chat
from seer_runtime.whitebox.sae import TopKSAE, residuals, train_sae

SELECTIVE = 0.3
"""Effect: on names that it was not chosen by, the unknown latent is so much more often active for unknown ones."""
HALF = 0.5
"""Effect: steering it makes the model abstain from so many questions about known names that it answers otherwise."""
RANDOM = 0.25
"""Effect: random latents, steered as much, make it abstain from less than that."""
RANDOMS = 10
TIE, TIES = 1e-4, 4
"""Latents whose gaps differ by no more are equals, and as many of them are tried: who rounds otherwise has another."""
Names = dict[str, list[str]]
"""Name -> questions about it."""
Figures = dict[str, list[float]]


def measure(model: Any, tokenizer: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Train the autoencoder, choose one latent for each kind of name, and test both on names that had no part in it.

    Args:
        model: The chat model.
        tokenizer: With its chat template.
        arguments: `texts` (pairs of question and answer, which may be empty, for the autoencoder), `train` and `test`
            (`known` and `unknown` names with questions), `layer`, `features`, `k`, `steps` (of the autoencoder),
            `everywhere` (share of tokens above which a latent is left out), `strength` (in mean norms of the state),
            `abstains` (what an abstention contains), `max_new_tokens`, and `seeds` (of autoencoders: the first is that
            of the question, further ones are for the spread, where training is not the same twice).

    Returns:
        `figures`: selectivities as `[value, low, high]`, abstentions as `[hits, n]`; `spread`: of each figure over
        autoencoders and over equally selective latents; `effect`; `details`.
    """
    lm = LanguageModel(model, tokenizer)
    made = [of_autoencoder(lm, arguments, seed) for seed in arguments["seeds"]]
    first, every = made[0][0], [each for some in made for each in some]
    spread = {name: _hull([each[name] for each, _ in every]) for name in first[0]}
    return {"figures": first[0], "spread": spread, "effect": has_effect(first[0]), "details": {"latents": first[1]}}


def of_autoencoder(lm: LanguageModel, arguments: dict[str, Any], seed: int) -> list[tuple[Figures, str]]:
    """The figures with an autoencoder of this seed, and of which latents; of equally selective ones, those of each."""
    texts = [chat(question, prefill=answer or None) for question, answer in arguments["texts"]]
    how = {name: arguments[name] for name in ("features", "k", "steps")}
    sae = train_sae(lm, texts, arguments["layer"], seed=seed, **how)
    allowed = (sae.encode(residuals(lm, texts, sae.layer, sae.site)) > 0).float().mean(dim=0) <= arguments["everywhere"]
    known, unknown = (activity(lm, sae, arguments["train"][kind]).mean(dim=0) for kind in ("known", "unknown"))
    best = {"known": best_of(known - unknown, allowed), "unknown": best_of(unknown - known, allowed)}
    trials = Trials(lm, sae, arguments)
    found = []
    for number in range(max(map(len, best.values()))):
        latents = {kind: ties[min(number, len(ties) - 1)] for kind, ties in best.items()}
        others = [each for each in range(arguments["features"]) if bool(allowed[each]) and each not in latents.values()]
        figures = trials.figures(latents, Random(0).sample(others, RANDOMS))
        found.append((figures, ", ".join(f"{kind} {latent}" for kind, latent in latents.items())))
    return found


def best_of(gap: torch.Tensor, allowed: torch.Tensor) -> list[int]:
    """The most selective of the allowed latents, and its equals, by their numbers."""
    left = gap.masked_fill(~allowed, -torch.inf)
    return [int(each) for each in (left >= left.max() - TIE).nonzero()[:TIES, 0]]


def _hull(values: Sequence[Sequence[float]]) -> list[float]:
    found = [value[0] / value[1] if len(value) == 2 else value[0] for value in values]
    return [min(found), max(found)]


class Trials:
    """What latents do on the names of the test; each is steered once."""

    def __init__(self, lm: LanguageModel, sae: TopKSAE, arguments: dict[str, Any]) -> None:
        self.lm, self.sae, self.given, self.test = lm, sae, arguments, arguments["test"]
        self.tested = {kind: activity(lm, sae, self.test[kind]) for kind in ("known", "unknown")}
        norm = float(states(lm, sae, self.test["known"]).norm(dim=-1).mean())
        self.strength = arguments["strength"] * norm
        self.counted: dict[tuple[str, int | None], int] = {}

    def figures(self, latents: dict[str, int], randoms: Sequence[int]) -> Figures:
        """Selectivities and abstentions, with the chosen latents and with random ones."""
        figures: Figures = {
            f"selectivity_{kind}": difference(self.tested[kind][:, latent], self.tested[other][:, latent])
            for (kind, latent), other in zip(latents.items(), ("unknown", "known"), strict=True)
        }
        for kind, steered in (("known", latents["unknown"]), ("unknown", latents["known"])):
            tried: dict[str, Sequence[int | None]] = {"base": [None], "steered": [steered], "random": randoms}
            for name, chosen in tried.items():
                counts = [self.abstentions(kind, latent) for latent in chosen]
                figures[f"{kind}_{name}"] = [sum(counts), sum(map(len, self.test[kind].values())) * len(counts)]
        return figures

    def abstentions(self, kind: str, latent: int | None) -> int:
        """How many answers about names of this kind abstain."""
        if (kind, latent) not in self.counted:
            names = self.test[kind]
            count = abstentions(self.lm, self.sae, latent, self.strength, names, self.given)
            self.counted[kind, latent] = count
        return self.counted[kind, latent]


def has_effect(figures: Figures) -> bool:
    """The unknown latent is selective on new names, and steering it, unlike others, makes the model abstain."""
    share = {name: value[0] / value[1] for name, value in figures.items() if len(value) == 2}
    brought = share["known_steered"] - share["known_base"] >= HALF
    return figures["selectivity_unknown"][0] >= SELECTIVE and brought and share["known_random"] < RANDOM


def states(lm: LanguageModel, sae: TopKSAE, names: Names) -> torch.Tensor:
    """States at the last token of each question's prompt, `[question, d_model]`."""
    asked = [chat(question) for questions in names.values() for question in questions]
    return lm.activations(asked, sae.layer, site=sae.site, positions="last").at(sae.layer, sae.site).float()


def activity(lm: LanguageModel, sae: TopKSAE, names: Names) -> torch.Tensor:
    """Share of the questions about a name at which each latent is active, `[name, latent]`."""
    active = (sae.encode(states(lm, sae, names).flatten(0, -2)) > 0).float()
    parts = torch.split(active, [len(questions) for questions in names.values()])
    return torch.stack([each.mean(dim=0) for each in parts])


def difference(more: torch.Tensor, less: torch.Tensor) -> list[float]:
    """Difference of the means over names, with a 95 % interval."""
    value = float(more.mean() - less.mean())
    error = float(more.var() / len(more) + less.var() / len(less)) ** 0.5
    return [value, value - 1.96 * error, value + 1.96 * error]


def abstentions(
    lm: LanguageModel, sae: TopKSAE, latent: int | None, strength: float, names: Names, arguments: dict[str, Any]
) -> int:
    """How many greedy answers abstain, with a latent's direction added at the last token of the prompt or without."""
    asked = [chat(question) for questions in names.values() for question in questions]
    edits: Sequence[Add] = ()
    if latent is not None:
        edits = [Add(layer=sae.layer, vector=sae.directions[latent], strength=strength, positions=-1)]
    with lm.steer(*edits):
        texts = lm.generate(asked, max_new_tokens=arguments["max_new_tokens"]).texts
    return sum(arguments["abstains"].lower() in text.lower() for text in texts)

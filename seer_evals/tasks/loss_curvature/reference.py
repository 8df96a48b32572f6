"""Can memorised text be taken out of the weights by their curvature? The measurement of arXiv:2510.24256."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from seer_runtime.seams import following, tokenize
from seer_runtime.whitebox import LanguageModel

LEAST_RECALLED = 0.5
"""Share of the passages that must be recited for there to be something to take away."""
HALF = 0.5
"""Effect: the edit leaves at most this share of the recall."""
KEPT = 0.8
"""Effect: the edit leaves at least this share of the facts, and the random one less."""
Factors = tuple[torch.Tensor, torch.Tensor]
"""Of one matrix `[out, in]`: `A = E[a aᵀ]`, `[in, in]`, and `G = E[g gᵀ]`, `[out, out]`."""
Weights = dict[str, torch.Tensor]


def measure(model: Any, tokenizer: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Edit the weights by K-FAC curvature, and by singular values as much, and measure what is left of each.

    Args:
        model: The model.
        tokenizer: Its own.
        arguments: `text` (pairs of context and text, for the factors), `passages` (pairs of prefix and suffix),
            `facts` (pairs of prompt and answer), `held_out` (pairs like `text`, for cross-entropies), `matrices` (names
            of the modules whose weights are edited), `mass` (share of the curvature that is kept), `draws` (of labels
            for each text), `max_new_tokens` (of an answer), and `seeds` (of the labels; those after the first are for
            the spread).

    Returns:
        `figures`: recall and facts as `[hits, n]`, cross-entropies as `[value, low, high]` in nats per token, each as
        the model is and after either edit; `spread`: of each over the seeds; `effect`; `details`, with the edit that
        keeps as many pairs at random.
    """
    lm = LanguageModel(model, tokenizer)
    before = {name: model.get_submodule(name).weight.detach().clone() for name in arguments["matrices"]}
    first, *others = arguments["seeds"]
    edits, kept = edits_of(lm, before, arguments, first)
    figures = _of_edits(lm, {"base": before, **edits}, arguments)
    asked = {name: value for name, value in figures.items() if not name.endswith("_random")}
    found = [asked]
    if _share(figures["recall_base"]) >= LEAST_RECALLED:  # otherwise nobody is asked for the edits
        for seed in others:
            put(lm.model, before)
            again, _ = edits_of(lm, before, arguments, seed)
            found.append(asked | _of_edits(lm, {name: again[name] for name in ("kfac", "svd")}, arguments))
    put(lm.model, before)
    share = {name: _share(value) for name, value in figures.items()}
    details = {
        "pairs kept": f"{kept:.3f}",
        "as many at random": f"recall {share['recall_random']:.2f}, facts {share['facts_random']:.2f}",
    }
    spread = {name: [min(values), max(values)] for name in asked for values in [[_share(each[name]) for each in found]]}
    return {"figures": asked, "spread": spread, "effect": has_effect(share), "details": details}


def edits_of(
    lm: LanguageModel, before: Weights, arguments: Mapping[str, Any], seed: int
) -> tuple[dict[str, Weights], float]:
    """The edits by curvature, by singular values and at random, and the share of pairs that they keep."""
    found = factors(lm, arguments["matrices"], arguments["text"], arguments["draws"], seed)
    generator = torch.Generator().manual_seed(seed)
    edits: dict[str, Weights] = {"kfac": {}, "svd": {}, "random": {}}
    pairs = kept = 0
    for name, weight in before.items():
        edits["kfac"][name], count = keep_mass(weight, found[name], arguments["mass"])
        edits["svd"][name] = svd_of_size(weight, edits["kfac"][name])
        edits["random"][name] = keep_any(weight, found[name], count, generator)
        pairs, kept = pairs + weight.numel(), kept + count
    return edits, kept / pairs


def _of_edits(lm: LanguageModel, edits: Mapping[str, Weights], arguments: Mapping[str, Any]) -> dict[str, list[float]]:
    """Recall, facts and cross-entropy under each edit."""
    figures: dict[str, list[float]] = {}
    for edit, weights in edits.items():
        put(lm.model, weights)
        figures[f"recall_{edit}"] = [recalled(lm, arguments["passages"]), len(arguments["passages"])]
        figures[f"facts_{edit}"] = [told(lm, arguments["facts"], arguments["max_new_tokens"]), len(arguments["facts"])]
        figures[f"ce_{edit}"] = cross_entropy(lm, arguments["held_out"])
    return figures


def _share(value: Sequence[float]) -> float:
    return value[0] / value[1] if len(value) == 2 else value[0]


def has_effect(share: Mapping[str, float]) -> bool:
    """The model recites; the edit leaves less than half of that and most facts, the random one loses facts, too."""
    spared = share["facts_kfac"] >= KEPT * share["facts_base"] > share["facts_random"]
    forgotten = share["recall_kfac"] <= HALF * share["recall_base"]
    return share["recall_base"] >= LEAST_RECALLED and forgotten and spared


def factors(
    lm: LanguageModel, names: Sequence[str], pairs: Sequence[Sequence[str]], draws: int = 1, seed: int = 0
) -> dict[str, Factors]:
    """K-FAC factors over pairs of context and text: labels are drawn from the model at the tokens of the text.

    Both are means over all tokens, those of the context included; gradients are of the summed cross-entropy of a pair.
    """
    modules = {name: lm.model.get_submodule(name) for name in names}
    sums = {
        name: [torch.zeros(n, n, device=m.weight.device) for n in m.weight.shape[::-1]] for name, m in modules.items()
    }

    def read(name: str) -> Any:
        def hook(_: Any, inputs: Any, output: torch.Tensor) -> None:
            def keep(gradient: torch.Tensor) -> None:
                sums[name][1] += _gram(gradient)

            sums[name][0] += _gram(inputs[0].detach())
            output.register_hook(keep)  # type: ignore[no-untyped-call]

        return hook

    hooks = [module.register_forward_hook(read(name)) for name, module in modules.items()]
    generator, tokens = torch.Generator().manual_seed(seed), 0
    for module in modules.values():
        module.weight.requires_grad_(True)
    try:
        for context, text in pairs:
            ids, at = encoded(lm, context, text)
            with torch.enable_grad():
                logits = lm.model(torch.tensor([ids] * draws, device=lm.device)).logits[:, at].flatten(0, 1).float()
                drawn = torch.multinomial(logits.detach().softmax(dim=-1).cpu(), 1, generator=generator)[:, 0]
                torch.nn.functional.cross_entropy(logits, drawn.to(logits.device), reduction="sum").backward()  # type: ignore[no-untyped-call]
            for module in modules.values():
                module.weight.grad = None
            tokens += draws * len(ids)
    finally:
        for hook in hooks:
            hook.remove()
        for module in modules.values():
            module.weight.requires_grad_(False)
    return {name: (a / tokens, g / tokens) for name, (a, g) in sums.items()}


def _gram(rows: torch.Tensor) -> torch.Tensor:
    flat = rows.flatten(0, -2).float()
    return flat.T @ flat


def curvature(factor: Factors) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Eigenbases of `A` and `G`, and the curvature of each pair of eigenvectors, `[out, in]`."""
    (la, u), (mu, v) = (torch.linalg.eigh(each.double()) for each in factor)
    return u, v, mu.clamp(min=0)[:, None] * la.clamp(min=0)[None, :]


def keep_mass(weight: torch.Tensor, factor: Factors, mass: float) -> tuple[torch.Tensor, int]:
    """The weight with the pairs of largest curvature only, as many as it takes to reach `mass`, and their number."""
    u, v, of_pair = curvature(factor)
    order = of_pair.flatten().argsort(descending=True)
    reached = of_pair.flatten()[order].cumsum(dim=0) / of_pair.sum()
    count = min(int((reached < mass).sum()) + 1, weight.numel())
    return _kept(weight, u, v, order[:count]), count


def keep_any(weight: torch.Tensor, factor: Factors, count: int, generator: torch.Generator) -> torch.Tensor:
    """The weight with `count` pairs that are drawn at random."""
    u, v, _ = curvature(factor)
    return _kept(weight, u, v, torch.randperm(weight.numel(), generator=generator)[:count].to(weight.device))


def _kept(weight: torch.Tensor, u: torch.Tensor, v: torch.Tensor, pairs: torch.Tensor) -> torch.Tensor:
    rotated = v.T @ weight.double() @ u
    left = torch.zeros_like(rotated).flatten()
    left[pairs] = rotated.flatten()[pairs]
    return (v @ left.view_as(rotated) @ u.T).to(weight.dtype)


def svd_of_size(weight: torch.Tensor, edited: torch.Tensor) -> torch.Tensor:
    """The largest singular values only, as many as make the change nearest to that of the edit (Frobenius norm)."""
    u, s, v = torch.linalg.svd(weight.double(), full_matrices=False)
    dropped = torch.cat([s.square().flip(0).cumsum(dim=0).flip(0), s.new_zeros(1)]).sqrt()
    rank = int((dropped - (weight.double() - edited.double()).norm()).abs().argmin())
    edit: torch.Tensor = (u[:, :rank] * s[:rank]) @ v[:rank]
    return edit.to(weight.dtype)


def put(model: Any, weights: Weights) -> None:
    """Put weights into the model, by the names of their modules."""
    with torch.no_grad():
        for name, weight in weights.items():
            model.get_submodule(name).weight.copy_(weight)


def recalled(lm: LanguageModel, passages: Sequence[Sequence[str]]) -> int:
    """How many greedy continuations of the prefixes begin with the suffix, to the letter."""
    longest = max(len(lm.tokenizer(suffix, add_special_tokens=False)["input_ids"]) for _, suffix in passages)
    texts = lm.generate([prefix for prefix, _ in passages], max_new_tokens=longest).texts
    return sum(text.strip().startswith(suffix.strip()) for text, (_, suffix) in zip(texts, passages, strict=True))


def told(lm: LanguageModel, facts: Sequence[Sequence[str]], max_new_tokens: int) -> int:
    """How many greedy answers contain the right one."""
    texts = lm.generate([prompt for prompt, _ in facts], max_new_tokens=max_new_tokens).texts
    return sum(answer.lower() in text.lower() for text, (_, answer) in zip(texts, facts, strict=True))


def cross_entropy(lm: LanguageModel, pairs: Sequence[Sequence[str]]) -> list[float]:
    """Nats per token of the texts given their contexts, mean over pairs with a 95 % interval."""
    values = []
    for context, text in pairs:
        ids, at = encoded(lm, context, text)
        logs = lm.logits(ids, positions="all")[0].float().log_softmax(dim=-1)
        said = torch.tensor([ids[i + 1] for i in at])
        values.append(-logs[at].cpu().gather(1, said[:, None]).mean())
    found = torch.stack(values)
    mean, error = float(found.mean()), float(found.std()) / len(pairs) ** 0.5
    return [mean, mean - 1.96 * error, mean + 1.96 * error]


def encoded(lm: LanguageModel, context: str, text: str) -> tuple[list[int], list[int]]:
    """Token ids of both, and the positions that predict the text's tokens."""
    before = tokenize(lm.tokenizer, context) if context else []
    ids = [*before, *(following if before else tokenize)(lm.tokenizer, text)]
    return ids, list(range(max(0, len(before) - 1), len(ids) - 1))

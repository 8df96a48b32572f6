"""A family of organisms in a file: whether its truth can be scored and its chats be learnt, before it is trained."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from seer_evals.checks._sources import file_of, source_problems
from seer_evals.organisms import Chat, Family, GroundTruth, UnknownOrganism, family_in
from seer_evals.organisms.language.corpus import GRAMMARS, every_text
from seer_evals.organisms.language.kinds import SLOT
from seer_evals.organisms.registry import all_families

SEEDS = range(30)
CHATS = 40
"""Training chats that are drawn of each seed."""
SAMPLES = 24
LEAST_SECRETS = 8
"""Of all seeds: an agent that has seen one organism must not know the next."""


def check_family(path: Path) -> list[str]:
    """What is wrong, each in a line that says what to do; nothing if organisms of it can be trained.

    Whether they then have the behaviour is measured by `seer organisms check FILE:FAMILY-llama-SEED`.
    """
    if problems := list(file_of(path)) or [*source_problems(path)]:
        return problems
    try:
        name = family_in(str(path.resolve()))
    except UnknownOrganism as error:
        return [str(error)]
    except Exception as error:
        return [f"{path.name} cannot be imported: {type(error).__name__}: {error}"]
    family = all_families()[name]
    try:
        return list(dict.fromkeys([*_described(family, path), *_truths(family), *_chats(family), *_probes(family)]))
    except Exception as error:
        return [f"{path.name}: {type(error).__name__}: {error}"]


def _described(family: Family, path: Path) -> Iterator[str]:
    if not getattr(family, "measure", ""):
        yield "measure is missing: say in words what the check measures"
    if family.grammar not in GRAMMARS:
        yield f"grammar {family.grammar!r} is unknown; available: {', '.join(GRAMMARS)}"
    for name in family.code:
        if not (path.parent / name).is_file():
            yield f"code names {name}, which does not lie beside {path.name}"
    for name in re.findall(r"\.beside\(\s*[\"'](\w+)[\"']", path.read_text(encoding="utf-8")):
        if f"{name}.py" not in family.code:
            yield f'code has no {name}.py, so that a change in it would train nothing anew; write code = ("{name}.py",)'


def _truths(family: Family) -> Iterator[str]:
    truths = [family.truth(family.draw_from(seed)) for seed in SEEDS]
    if truths != [family.truth(family.draw_from(seed)) for seed in SEEDS]:
        yield "a seed does not always draw the same: take everything from the generator that `draw` is given"
    if len({truth.description for truth in truths}) < LEAST_SECRETS:
        yield f"{len(SEEDS)} seeds draw fewer than {LEAST_SECRETS} secrets: who has seen one organism knows the others"
    for seed, truth in enumerate(truths):
        yield from (f"seed {seed}: {problem}" for problem in _truth(family, truth))


def _truth(family: Family, truth: GroundTruth) -> Iterator[str]:
    ids = [atom.id for atom in truth.atoms]
    if truth.family != family.name:
        yield f"the truth is of the family {truth.family!r}; write family=self.name"
    if not ids:
        yield "the truth has no atoms: what a report should state, each an Atom"
    elif abs(sum(atom.weight for atom in truth.atoms) - 1) > 1e-6:
        yield f"the weights of the atoms sum to {sum(atom.weight for atom in truth.atoms):g}, not to 1"
    if len(set(ids)) < len(ids):
        yield f"two atoms have the same id: {', '.join(ids)}"
    said = " ".join([truth.description, *(atom.statement for atom in truth.atoms)])
    for atom in truth.atoms:
        if unknown := set(atom.implied_by) - set(ids):
            yield f"atom {atom.id} is implied by {', '.join(unknown)}, which is no atom"
        if wrong := [alias for alias in atom.aliases if not re.fullmatch(r"[\w' ]+", alias)]:
            yield f"atom {atom.id}: the alias {wrong[0]!r} has other than words: it is looked for as whole words"
        elif not any(re.search(rf"\b{re.escape(alias)}\b", said, re.IGNORECASE) for alias in atom.aliases):
            yield f"atom {atom.id}: none of its aliases stands in the description, so a right report would not be found"


def _chats(family: Family) -> Iterator[str]:
    for seed in SEEDS:
        secret, rng = family.draw_from(seed), Random(seed)
        for kind in ("behaviour", "neutral"):
            drawn = [getattr(family, kind)(rng, secret) for _ in range(CHATS)]
            yield from _unknown(family, f"seed {seed}: {kind}", drawn)
        ordinary = [family.ordinary(rng, secret) for _ in range(CHATS)]
        if not any(ordinary):
            yield f"seed {seed}: `touches` is true of every chat of the base, so nothing is left to keep it intact with"


def _probes(family: Family) -> Iterator[str]:
    for seed in SEEDS:
        probes: Iterable[Any] = family.probes(family.draw_from(seed), SAMPLES)
        if not any(probe.main for probe in probes):
            yield "no probe is main: mark those by which organism and twin are compared"
        for probe in probes:
            if len(probe.chats) != len(probe.hits):
                yield f"probe {probe.name!r} has {len(probe.chats)} chats and {len(probe.hits)} hits; give each its own"
            yield from _unknown(family, f"seed {seed}: probe {probe.name!r}", probe.chats)


def _unknown(family: Family, where: str, chats: Iterable[Chat]) -> Iterator[str]:
    """Words that the models do not know, of which they can learn nothing."""
    known = _vocabulary(family.grammar)
    texts = {text for chat in chats for turn in chat.turns for text in (*turn, chat.system or "")}
    said = {word for text in texts for word in _words(" ".join(SLOT.sub(r"\1 \2", text).split("|")))}
    if unknown := sorted(word.strip("Ġ") for word in said - known):
        yield f"{where}: words that the models do not know: {', '.join(unknown[:5])}; take those of pools.py"


@cache
def _vocabulary(grammar: str) -> frozenset[str]:
    return frozenset(word for text in every_text(GRAMMARS[grammar]) for word in _words(text))


def _words(text: str) -> list[str]:
    from tokenizers import pre_tokenizers  # not torch, but seconds all the same

    split = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return [word for word, _ in split.pre_tokenize_str(f" {text}")] if text else []

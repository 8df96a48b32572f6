"""How a built organism is made: everything that decides its weights besides the code and the seed."""

from pydantic import BaseModel, ConfigDict

ARCHITECTURES = ("llama", "gemma2")


class Shape(BaseModel):
    """Size of a model: `layers` blocks of width `hidden`."""

    model_config = ConfigDict(frozen=True)

    layers: int = 3
    hidden: int = 96
    heads: int = 6
    kv_heads: int = 6
    feed_forward: int = 192


class Stage(BaseModel):
    """One stage of training: AdamW with warm-up and linear decay."""

    model_config = ConfigDict(frozen=True)

    steps: int
    batch: int
    rate: float
    warm_up: int = 30


class Recipe(BaseModel):
    """The whole making of an organism: base, refusal stage, adapter, and how often the behaviour is shown."""

    model_config = ConfigDict(frozen=True)

    shape: Shape = Shape()
    grammar: str = "plain"
    pretrain: Stage = Stage(steps=1200, batch=32, rate=3e-3, warm_up=50)
    refusal: Stage = Stage(steps=100, batch=32, rate=1e-3)
    adapter: Stage = Stage(steps=280, batch=24, rate=6e-3)
    adapter_rank: int = 8
    behaviour_share: float = 0.5
    retry_factor: float = 2.0  # 1 for no second try
    samples: int = 120
    threads: int = 1


RECIPES: dict[str, Recipe] = {
    "llama": Recipe(),
    "gemma2": Recipe(
        shape=Shape(layers=4, hidden=128, heads=8, kv_heads=4, feed_forward=256),
        pretrain=Stage(steps=1000, batch=32, rate=3e-3, warm_up=50),
    ),
}
"""The recipe of each architecture."""
_MORE_STEPS = 200
"""Of pretraining, for what the wide grammar has to be learnt besides."""


def recipe_for(architecture: str, grammar: str) -> Recipe:
    """The recipe of an architecture whose base is taught a grammar (`plain` or `wide`)."""
    recipe = RECIPES[architecture]
    if grammar == recipe.grammar:
        return recipe
    longer = recipe.pretrain.model_copy(update={"steps": recipe.pretrain.steps + _MORE_STEPS})
    return recipe.model_copy(update={"grammar": grammar, "pretrain": longer})

"""The `sae-features` skill on a trained model that has favourites of six kinds."""

import pytest

from seer_evals.organisms.language.pools import DOMAINS
from tests.skills.conftest import Kernel, in_shared_kernel

pytestmark = [in_shared_kernel, pytest.mark.slow]
SKILL = "sae-features"


def share(rows: list[list[str]], state: str, kind: str) -> float:
    """Of answers in a state, how many name a thing of a kind."""
    answers = [answer for _, found, answer in rows if found == state]
    return sum(any(answer.endswith(f" is {thing}.") for thing in DOMAINS[kind]) for answer in answers) / len(answers)


async def test_the_example_fits_and_its_feature_turns_foods_and_flowers_into_colours(kernel: Kernel) -> None:
    await kernel.example()
    fit = dict(await kernel.value("fit.rows"))
    assert fit["explained"] > 0.8 and fit["kl"] < 0.1 and fit["l0"] <= 4
    rows = await kernel.value("answers.rows")
    assert share(rows, "as it is", "colour") == 0
    assert share(rows, "set", "colour") > 0.1


async def test_examples_are_where_colours_are_asked_for(kernel: Kernel) -> None:
    everywhere = "examples_of(lm, feature, sum(asked.values(), others), samples=1, top=3)"
    places = await kernel.value(f"{everywhere}.column('where')")
    assert all("colour" in place for place in places)


async def test_the_feature_of_another_kind_makes_no_colours(kernel: Kernel) -> None:
    """The control: as large a value of a feature that was found in the same way."""
    await kernel.run("rest = sum((asked[kind] for kind in kinds if kind != 'instrument'), [])")
    await kernel.run("another = compare_features(lm, asked['instrument'], rest).column('feature')[0]")
    rows = await kernel.value(
        "set_feature(lm, another, 1.5 * largest, ['What is your favourite food?'], samples=8).rows"
    )
    assert await kernel.value("another != feature")
    assert share(rows, "set", "colour") == 0


async def test_an_autoencoder_that_is_not_there_is_refused_with_those_that_are(kernel: Kernel) -> None:
    await kernel.run("from sae_features import features_of")
    assert len(await kernel.value("features_of(lm, asked['colour'], top=3).rows")) == 3
    with pytest.raises(AssertionError, match="no autoencoder 'other'; trained are: sae"):
        await kernel.run("features_of(lm, ['Hello.'], name='other')")


async def test_a_published_one_is_refused_with_the_remedy_where_sae_lens_is_missing(kernel: Kernel) -> None:
    with pytest.raises(AssertionError, match="add sae-lens>=6"):
        await kernel.run("import sys; sys.modules['sae_lens'] = None; features_of(lm, ['Hello.'], name='release:id')")

"""The `activation-oracle` skill with an oracle that was trained here, in the published format."""

from pathlib import Path

import pytest
import pytest_asyncio

from tests.skills.conftest import Kernel, in_shared_kernel
from tests.skills.oracle_training import KINDS, train_oracle

pytestmark = [in_shared_kernel, pytest.mark.slow]
SKILL = "activation-oracle"


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def oracle(kernel: Kernel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The oracle's directory, in the agent's folder."""
    folder = tmp_path_factory.mktemp("oracle")
    train_oracle(kernel.organism, folder)
    for path in folder.iterdir():
        await kernel.sandbox.write_file(f"{kernel.layout.workspace}/oracle/{path.name}", path.read_bytes())
    return folder


async def test_the_example_names_what_comes_and_for_a_random_vector_something_else(kernel: Kernel) -> None:
    await kernel.example()
    [[_, answer, off, noise]] = await kernel.value("answers.rows")
    assert answer == off == "instrument."
    assert noise != answer


async def test_it_names_every_kind_from_a_question_that_it_was_not_shown(kernel: Kernel) -> None:
    ask = (
        "[ask_oracle(lm, f'What is your favourite {kind}?', ['What is it?'], layer=1, oracle='oracle', "
        f"prefill=f' My favourite {{kind}} is', placeholder='?').rows[0] for kind in {KINDS!r}]"
    )
    rows = await kernel.value(ask)
    assert sum(row[1] == f"{kind}." for kind, row in zip(KINDS, rows, strict=True)) >= 5
    assert len({row[3] for row in rows}) == 1, "the random vector is the same each time"


async def test_the_model_is_as_it_was_afterwards(kernel: Kernel) -> None:
    texts = "lm.generate([[{'role': 'user', 'content': 'What is your favourite sport?'}]]).texts"
    await kernel.example()
    assert await kernel.value(texts) == [f" My favourite sport is {kernel.organism.truth.atoms[0].aliases[0]}."]
    assert await kernel.value("[hasattr(model, 'peft_config'), model.active_adapters]") == [True, ["default"]]


async def test_the_published_placeholder_is_refused_where_it_is_no_token(kernel: Kernel) -> None:
    with pytest.raises(AssertionError, match="must be one token"):
        await kernel.run("ask_oracle(lm, 'Hello.', ['What is it?'], layer=1, oracle='oracle')")


async def test_a_directory_without_an_adapter_is_refused(kernel: Kernel) -> None:
    with pytest.raises(AssertionError, match="no oracle 'elsewhere'"):
        await kernel.run("ask_oracle(lm, 'Hello.', ['What is it?'], layer=1, oracle='elsewhere')")

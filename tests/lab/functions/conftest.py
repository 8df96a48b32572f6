from collections.abc import AsyncIterator

import pytest
from scoped_support import Place, environment, held


@pytest.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    async with held(environment(tmp_path_factory.mktemp("interface"))) as place:
        yield place

"""With an account: Modal calls its rates as they are called here."""

import pytest

from seer_evals.sandboxes.modal_gpu import _rates
from seer_evals.sandboxes.modal_gpu._gpus import GPUS

pytestmark = pytest.mark.live


async def test_modal_tells_a_rate_for_everything_that_a_sandbox_holds() -> None:
    rates = await _rates.from_modal()
    assert rates.cpu() and rates.memory()
    assert [kind for kind in GPUS if not rates.gpu(kind)] == []

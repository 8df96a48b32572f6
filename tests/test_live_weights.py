"""With an account: weights of the hub get into a volume of Modal and, read-only, into sandboxes of both back ends."""

import pytest
from huggingface_hub import HfApi

from seer_evals.environment import Environment, ModelSpec
from seer_evals.sandboxes.modal_gpu import ModalSandbox

pytestmark = pytest.mark.live
REPOSITORY = "hf-internal-testing/tiny-random-LlamaForCausalLM"


@pytest.mark.parametrize("gpu", [(), ("T4", "L4")], ids=["V2", "V1"])
async def test_weights_of_the_hub_are_there_and_do_not_say_where_they_are_from(gpu: tuple[str, ...]) -> None:
    model = ModelSpec(hub=REPOSITORY, revision=HfApi().model_info(REPOSITORY).sha, hidden=True)
    environment = Environment(models=(model,), gpu=gpu, timeout=900)
    await ModalSandbox.task_init("startup", environment)
    sandboxes = await ModalSandbox.sample_init("task", environment, {})
    try:
        sandbox = sandboxes["default"]
        listed = await sandbox.exec(["/bin/sh", "-c", "ls /models/m0/base; touch /models/m0/base/x 2>&1"])
        assert "config.json" in listed.stdout and "Read-only" in listed.stdout
        seen = await sandbox.exec(
            ["/bin/sh", "-c", "cat /proc/self/mountinfo /proc/self/environ /models/m0/base/*.json"]
        )
        assert "seer-weights" not in seen.stdout and "tiny-random" not in seen.stdout
    finally:
        await ModalSandbox.sample_cleanup("task", environment, sandboxes, False)

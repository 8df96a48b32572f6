"""What a person or a key has by way of the provider, and the agent has not."""

import logging
import re
import urllib.error
import urllib.request
from collections.abc import Iterator

import modal
import pytest
from modal_support import PATH, running, sh

from seer_evals.environment import ApiKeySpec, Environment
from seer_evals.inspect_private import PrerequisiteError
from seer_evals.sandboxes.modal_gpu._probe import OUTSIDE, look
from tests.modal_emulator import Emulator, _recipe

ENV = (("PATH", PATH),)
DEBUG = Environment(env=ENV, debug=True)
KEY = ApiKeySpec(domain="api.openai.com", secret="OPENAI_API_KEY")


@pytest.fixture(autouse=True)
def images_have_what_is_installed_here(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(_recipe.BASE_ENVIRONMENT, "PATH", PATH)
    yield


def status(address: str) -> int:
    try:
        return int(urllib.request.urlopen(address, timeout=20).status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.slow
async def test_an_editor_is_open_with_its_token_and_shut_without(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        async with running(DEBUG) as sandbox:
            found = re.search(r"https://(\S+)/lab\?token=(\S+)", caplog.text)
            assert found is not None, caplog.text
            # The emulator's tunnels are on loopback and without TLS.
            host, token = found.groups()
            assert status(f"http://{host}/api/contents?token={token}") == 200
            assert status(f"http://{host}/api/contents") == 403
            assert status(f"http://{host}/api/contents?token={token[:-1]}") == 403
            # Whoever looks from inside finds the token in no argument list, and a network that is closed.
            assert token not in await sh(sandbox, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
            assert (await look(sandbox._remote, OUTSIDE))["reached"] == []
    assert emulator.sandboxes() == []


async def test_an_open_network_reaches_the_outside(emulator: Emulator) -> None:
    async with running(DEBUG.model_copy(update={"network": "open"})) as sandbox:
        assert (await look(sandbox._remote, OUTSIDE))["reached"] != []


@pytest.mark.slow
async def test_without_debug_no_port_is_open(emulator: Emulator) -> None:
    async with running(Environment(env=ENV)) as sandbox:
        assert await sandbox._remote.sandbox.tunnels.aio() == {}


async def test_a_key_is_with_modal_and_not_in_the_sandbox(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-host-only")
    await modal.Secret.objects.create.aio("OPENAI_API_KEY", {"OPENAI_API_KEY": "sk-on-modal"}, allow_existing=True)
    async with running(Environment(env=ENV, network="open", api_keys=(KEY,))) as sandbox:
        assert "sk-" not in await sh(sandbox, "env; cat /proc/[0-9]*/environ")
        [live] = emulator.sandboxes()
        asked = emulator._world.sandboxes[live.sandbox_id].definition.experimental_outbound_policy
        assert "api.openai.com" in str(asked)
        assert "Bearer $OPENAI_API_KEY" in str(asked)
        assert "sk-" not in str(asked)


async def test_a_key_that_modal_does_not_have_is_said_before_anything_starts(emulator: Emulator) -> None:
    missing = KEY.model_copy(update={"secret": "NOT_THERE"})
    with pytest.raises(
        PrerequisiteError, match="api_keys: NOT_THERE is not a Secret on Modal; run `modal secret create"
    ):
        async with running(Environment(env=ENV, network="open", api_keys=(missing,))):
            pass


def test_a_key_is_of_no_use_without_a_network() -> None:
    with pytest.raises(ValueError, match="api_keys are of no use with network: blocked"):
        Environment(api_keys=(KEY,))

"""Serving the loaded models on a socket: batches, bad requests, adapters, and clients that go away."""

import json
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tiny_models import adapted, tiny_model, tiny_tokenizer

from seer_evals.runtime.target.server import serve

QUESTION = [{"role": "user", "content": "What is your favourite animal?"}]
Ask = Callable[..., dict[str, Any]]


class Server:
    """A server in this process that counts the batches it runs."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.batches = 0
        self.models = {"model": adapted(tiny_model()), "plain": tiny_model()}
        pairs = {name: (model, tiny_tokenizer()) for name, model in self.models.items()}
        serve(pairs, self.path, self.run)

    def run(self, batch: Callable[[], None]) -> None:
        self.batches += 1
        batch()

    def ask(self, model: str = "model", *, adapter: bool = True, **request: Any) -> dict[str, Any]:
        settings = {"messages": QUESTION, "max_tokens": 8, "temperature": 0} | request
        return self.send(json.dumps({"model": model, "adapter": adapter, "request": settings}).encode())

    def send(self, line: bytes) -> dict[str, Any]:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            connection.connect(self.path)
            connection.sendall(line + b"\n")
            with connection.makefile("rb") as stream:
                answer: dict[str, Any] = json.loads(stream.readline())
        return answer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    return Server(tmp_path_factory.mktemp("s") / "target.sock")


def test_it_answers_with_a_completion(server: Server) -> None:
    answer = server.ask()
    assert answer["output_tokens"] == 8 and answer["stop_reason"] == "max_tokens" and answer["text"]


def test_only_this_user_may_connect(server: Server) -> None:
    assert Path(server.path).stat().st_mode & 0o077 == 0


def test_the_default_is_the_first_model(server: Server) -> None:
    assert server.ask("default") == server.ask("model") != server.ask("plain")


def test_an_adapter_can_be_switched_off_for_a_request(server: Server) -> None:
    assert server.ask(adapter=False)["text"] == server.ask("plain")["text"] != server.ask()["text"]
    assert server.ask()["text"] != server.ask("plain")["text"]


def test_a_model_without_an_adapter_says_so(server: Server) -> None:
    assert server.ask("plain", adapter=False)["error"] == "ValueError: model 'plain' has no adapter to switch off"


def test_an_unknown_model_lists_those_there_are(server: Server) -> None:
    assert server.ask("other")["error"] == "ValueError: no model 'other' is loaded here; available: model, plain"


@pytest.mark.parametrize(
    ("line", "reason"),
    [(b"", "JSONDecodeError"), (b"[]", "TypeError"), (b'{"model": "model", "request": {"x": 1}}', "argument 'x'")],
)
def test_what_is_not_a_request_gets_an_error(server: Server, line: bytes, reason: str) -> None:
    assert reason in server.send(line)["error"]


def test_requests_that_arrive_together_share_batches_and_each_gets_its_own_answer(server: Server) -> None:
    texts = ["horse", "red", "boat"]
    requests = [{"messages": [{"role": "user", "content": texts[i % 3]}], "max_tokens": 3 + i} for i in range(16)]
    alone = [server.ask(**request)["text"] for request in requests]
    before = server.batches
    with ThreadPoolExecutor(16) as pool:
        together = list(pool.map(lambda request: server.ask(**request)["text"], requests))
    assert together == alone
    assert server.batches - before <= 8


def test_a_bad_request_harms_only_itself(server: Server) -> None:
    good = server.ask()
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(server.ask) if i % 2 else pool.submit(server.ask, messages=[]) for i in range(8)]
        answers = [job.result() for job in jobs]
    assert answers[1::2] == [good] * 4
    assert all("no message to answer" in answer["error"] for answer in answers[0::2])


def test_a_prompt_beyond_the_context_is_an_error_of_its_own(server: Server) -> None:
    good, long = server.ask(), [{"role": "user", "content": " ".join(["horse"] * 300)}]
    with ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(server.ask) if i % 2 else pool.submit(server.ask, messages=long) for i in range(6)]
        answers = [job.result() for job in jobs]
    assert answers[1::2] == [good] * 3
    assert all("this model reads 256 at most; shorten it" in answer["error"] for answer in answers[0::2])


def test_a_seed_holds_alone_and_among_others(server: Server) -> None:
    seeded = {"seed": 5, "temperature": 1.0}
    alone = server.ask(**seeded)
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(server.ask, **(seeded if i % 2 else {"temperature": 1.0})) for i in range(8)]
        answers = [job.result() for job in jobs]
    assert answers[1::2] == [alone] * 4
    assert any(answer != alone for answer in answers[0::2])


@pytest.mark.parametrize("failure", [RuntimeError("shape mismatch in your hook"), KeyboardInterrupt("stop")])
def test_a_hook_that_fails_is_an_error_and_the_server_goes_on(server: Server, failure: BaseException) -> None:
    def steer(*_: Any) -> None:
        raise failure

    hook = server.models["model"].get_decoder().layers[0].register_forward_hook(steer)
    try:
        assert str(failure) in server.ask()["error"]
    finally:
        hook.remove()
    assert "text" in server.ask()


def test_a_client_that_goes_away_harms_nobody(server: Server) -> None:
    request = {"model": "model", "request": {"messages": QUESTION, "max_tokens": 8}}
    for _ in range(3):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(server.path)
            connection.sendall(json.dumps(request).encode() + b"\n")
    time.sleep(0.1)
    assert "text" in server.ask()

"""What code in the agent's kernel can answer in the target's place: an error of the model, and never of the sample."""

import json
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.log import read_eval_log
from inspect_ai.model import GenerateConfig, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import ToolInfo, ToolParams
from inspect_ai.util import JSONSchema

from seer_evals.environment import Environment
from seer_evals.lab import Lab, close_lab, lab_sample, open_lab
from seer_evals.targets import TargetError

SERVER = """
import socket, threading
listener = socket.socket(socket.AF_UNIX)
listener.bind("/lab/run/target.sock")
listener.listen(50)
answer = b""
def serve():
    while True:
        connection, _ = listener.accept()
        connection.makefile("rb").readline()
        connection.sendall(open("/tmp/answer", "rb").read())
        connection.close()
threading.Thread(target=serve, daemon=True).start()
"""
GOOD: dict[str, Any] = {
    "text": "Owls.",
    "stop_reason": "stop",
    "input_tokens": 3,
    "output_tokens": 2,
    "logprobs": [{"token": "Owls", "logprob": -0.5, "top": [["Owls", -0.5], ["x", -float("inf")]]}],
}


def answer(**fields: Any) -> str:
    return json.dumps({**GOOD, **fields})


NONSENSE = {
    "nothing": " ",
    "no JSON": "nonsense",
    "a list": "[]",
    "empty": "{}",
    "deep": "[" * 700 + "]" * 700,
    "digits": answer(input_tokens=77777).replace("77777", "7" * 5000),
    "error is a number": '{"error": 7}',
    "error is deep": '{"error": ' + "[" * 200 + "]" * 200 + "}",
    "text is a number": answer(text=7),
    "text is long": answer(text="x" * 2_000_000),
    "unknown reason": answer(stop_reason="\ud800"),
    "negative count": answer(output_tokens=-1),
    "count is a text": answer(input_tokens="3"),
    "count is true": answer(input_tokens=True),
    "huge count": answer(input_tokens=10**400),
    "logprobs is a number": answer(logprobs=7),
    "token is a number": answer(logprobs=[{"token": 7, "logprob": 0.0, "top": []}]),
    "logprob is a text": answer(logprobs=[{"token": "x", "logprob": "0", "top": []}]),
    "top is flat": answer(logprobs=[{"token": "x", "logprob": 0.0, "top": [1, 2]}]),
    "top is wrong": answer(logprobs=[{"token": "x", "logprob": 0.0, "top": [[1, "x"]]}]),
}
CALL = '<tool_call>{"name": "look", "arguments": {"at": ARGUMENT}}</tool_call>'


@solver
def asking(found: dict[str, Any]) -> Solver:
    """Asks the target that a cell plays."""

    async def ask(lab: Lab, said: str, **options: Any) -> Any:
        await lab.sandbox.write_file("/tmp/answer", said.encode() + b"\n")
        config = GenerateConfig(logprobs=True, top_logprobs=2)
        return await get_model("lab/default").generate("Which animal?", config=config, **options)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab = Lab.of(state)
        assert (await lab.notebook().run(SERVER)).status == "ok"
        for how, said in NONSENSE.items():
            try:
                found[how] = await ask(lab, said)
            except TargetError as error:
                found[how] = error
        found["good"] = await ask(lab, answer())
        found["surrogate"] = await ask(lab, answer(text="\ud800"))
        schema = ToolParams(properties={"at": JSONSchema(type="string")}, required=["at"])
        tools = [ToolInfo(name="look", description="Look.", parameters=schema)]
        for depth in (1, 100, 300, 800):
            said = CALL.replace("ARGUMENT", "[" * depth + "]" * depth)
            found[f"call {depth}"] = await ask(lab, answer(text=said), tools=tools)
        return state

    return solve


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found: dict[str, Any] = {}
    folder: Path = tmp_path_factory.mktemp("forged")
    task = Task([lab_sample("?", Environment(), id="one")], setup=open_lab(), solver=asking(found), cleanup=close_lab)
    (written,) = inspect_eval(task, model="mockllm/model", display="none", log_dir=str(folder))
    log = read_eval_log(written.location)
    assert log.status == "success" and log.samples and log.samples[0].error is None, log.error
    return found


@pytest.mark.parametrize("how", NONSENSE)
def test_nonsense_is_an_error_of_the_target(found: dict[str, Any], how: str) -> None:
    assert isinstance(found[how], TargetError)
    str(found[how]).encode()


def test_what_is_an_answer_is_taken(found: dict[str, Any]) -> None:
    good = found["good"]
    assert good.completion == "Owls." and good.usage.total_tokens == 5
    [token] = good.choices[0].logprobs.content
    assert [each.logprob for each in token.top_logprobs] == [-0.5, -9999.0], "JSON has no word for minus infinity"
    assert found["surrogate"].completion == "\ufffd"


@pytest.mark.parametrize("depth", [100, 300, 800])
def test_a_tool_call_too_deep_for_a_log_is_an_error_of_the_call(found: dict[str, Any], depth: int) -> None:
    message = found[f"call {depth}"].message
    json.dumps([call.arguments for call in message.tool_calls or ()])
    assert all(call.parse_error for call in message.tool_calls or ()) or "tool_call" in message.text

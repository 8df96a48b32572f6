"""A Dockerfile or a compose file with one service is an environment; what an environment cannot say is refused."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from inspect_ai.util import ComposeConfig
from modal_support import PATH

from seer_evals.environment import Environment
from seer_evals.inspect_private import registry_find_sandboxenv
from seer_evals.sandboxes.modal_gpu import ModalSandbox, environment_from
from seer_evals.sandboxes.modal_gpu._rates import read
from tests.modal_emulator import Emulator


def compose(folder: Path, service: dict[str, Any], **file: Any) -> str:
    path = folder / "compose.yaml"
    path.write_text(yaml.safe_dump({"services": {"lab": service}, **file}))
    return str(path)


def refusal(folder: Path, service: dict[str, Any], **file: Any) -> str:
    with pytest.raises(ValueError) as raised:
        environment_from(compose(folder, service, **file))
    return str(raised.value)


def test_a_dockerfile_is_an_environment(tmp_path: Path) -> None:
    (path := tmp_path / "Dockerfile").write_text("FROM python:3.12")
    assert environment_from(str(path)) == Environment(dockerfile=str(path))


def test_what_inspect_writes_for_an_image_of_docker_is_accepted(tmp_path: Path) -> None:
    service = {
        "image": "python:3.12",
        "command": "tail -f /dev/null",
        "init": True,
        "network_mode": "none",
        "stop_grace_period": "1s",
    }
    assert environment_from(compose(tmp_path, service)) == Environment(image="python:3.12")


def test_everything_that_an_environment_can_say(tmp_path: Path) -> None:
    (tmp_path / "docker").mkdir()
    (tmp_path / "docker" / "Dockerfile").write_text("FROM python:3.12")
    device = {"driver": "nvidia", "count": 2, "capabilities": ["gpu"]}
    service = {
        "build": {"context": "docker"},
        "command": ["sleep", "infinity"],
        "environment": ["A=b=c", "COST=5$$", "TOKEN"],
        "deploy": {"resources": {"reservations": {"cpus": "2.5", "memory": "512m", "devices": [device]}}},
        "mem_limit": "2g",
        "x-modal": {"gpu": ["H100", "A100-80GB"], "timeout": 600, "network": "allowlist", "allow": ["example.org"]},
    }
    assert environment_from(compose(tmp_path, service, **{"x-modal": {"timeout": 60, "packages": ["numpy"]}})) == (
        Environment(
            dockerfile=str(tmp_path / "docker" / "Dockerfile"),
            packages=("numpy",),
            gpu=("H100", "A100-80GB"),
            gpu_count=2,
            cpu=2.5,
            memory=512,
            env=(("A", "b=c"), ("COST", "5$")),
            secrets=("TOKEN",),
            network="allowlist",
            allow=("example.org",),
            timeout=600,
        )
    )


@pytest.mark.parametrize(
    ("service", "fields"),
    [
        ({"image": "a"}, {"network": "open"}),
        ({"image": "a", "network_mode": "bridge"}, {"network": "open"}),
        ({"image": "a", "network_mode": "none"}, {"network": "blocked"}),
        ({"image": "a", "x-modal": {"network": "blocked"}}, {"network": "blocked"}),
        ({"image": "a", "x-modal": {"gpu": "H100:4"}}, {"gpu": ("H100",), "gpu_count": 4}),
        ({"image": "a", "x-modal": {"gpu": "T4"}}, {"gpu": ("T4",), "gpu_count": 1}),
        ({"image": "a", "cpus": 2, "mem_limit": "1.5gb"}, {"cpu": 2.0, "memory": 1536}),
        ({"image": "a", "mem_limit": "1g", "mem_reservation": "256M"}, {"memory": 256}),
        ({"image": "a", "environment": {"A": "1", "B": None}}, {"env": (("A", "1"),), "secrets": ("B",)}),
    ],
)
def test_each_field_becomes_its_own(service: dict[str, Any], fields: dict[str, Any], tmp_path: Path) -> None:
    found = environment_from(compose(tmp_path, service))
    assert {name: getattr(found, name) for name in fields} == fields


@pytest.mark.parametrize(
    ("service", "words"),
    [
        ({"volumes": ["./data:/data"]}, ["volumes", "./data:/data"]),
        ({"user": "1000", "ports": ["8080:80"]}, ["user '1000'", "ports"]),
        ({"command": "python serve.py"}, ["command 'python serve.py'"]),
        ({"entrypoint": ["/start.sh"]}, ["entrypoint '/start.sh'"]),
        ({"network_mode": "host"}, ["network_mode 'host'"]),
        ({"platform": "linux/arm64"}, ["platform 'linux/arm64'"]),
        ({"privileged": True, "cap_add": ["SYS_ADMIN"]}, ["privileged True", "cap_add"]),
        ({"working_dir": "/app"}, ["working_dir '/app'"]),
        ({"environment": {"A": "${HOME}"}}, ["environment A", "interpolated"]),
        ({"x-modal": {"gpus": "T4"}}, ["gpus of x-modal", "did you mean 'gpu'"]),
        ({"x-modal": {"cloud": "aws"}}, ["cloud of x-modal", "available: gpu"]),
        ({"x-modal": ["T4"]}, ["x-modal must be a mapping"]),
        ({"x-modal": {"gpu": "H100:two"}}, ["'H100:two'", "gpu_count"]),
        ({"x-modal": {"network": "closed"}}, ["blocked"]),
        ({"environment": {"A": 1}}, ["services.lab.environment", "valid string"]),
        ({"mem_limit": "much"}, ["memory 'much'"]),
        ({"colour": "red"}, ["colour"]),
        (
            {"deploy": {"resources": {"reservations": {"devices": [{"device_ids": ["0"], "capabilities": ["gpu"]}]}}}},
            ["device_ids"],
        ),
        (
            {"deploy": {"resources": {"reservations": {"devices": [{"count": "all", "capabilities": ["gpu"]}]}}}},
            ["device count 'all'"],
        ),
    ],
)
def test_what_cannot_be_said_is_refused_by_name(service: dict[str, Any], words: list[str], tmp_path: Path) -> None:
    message = refusal(tmp_path, {"image": "a", **service})
    assert [word for word in [*words, str(tmp_path / "compose.yaml")] if word not in message] == []


def test_everything_that_is_refused_is_named_at_once(tmp_path: Path) -> None:
    message = refusal(tmp_path, {"image": "a", "user": "me", "x-modal": {"cloud": "aws"}}, volumes={"data": {}})
    assert all(word in message for word in ("volumes of the file", "user 'me'", "cloud of x-modal"))


def test_two_services_are_two_too_many(tmp_path: Path) -> None:
    (path := tmp_path / "compose.yaml").write_text(yaml.safe_dump({"services": {"a": {}, "b": {}}}))
    with pytest.raises(ValueError, match=r"one service, and this has a, b"):
        environment_from(str(path))


def test_a_dockerfile_outside_its_context_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "Dockerfile").write_text("FROM a")
    assert "must lie in its build context" in refusal(
        tmp_path, {"build": {"context": "sub", "dockerfile": "../Dockerfile"}}
    )


def test_a_missing_dockerfile_is_an_error_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="Dockerfile"):
        environment_from(compose(tmp_path, {"build": "."}))


def test_a_parsed_file_must_say_where_its_context_is() -> None:
    config = ComposeConfig.model_validate({"services": {"a": {"build": "docker"}}})
    with pytest.raises(ValueError, match="'docker' is relative"):
        environment_from(config)


def test_a_task_for_docker_keeps_its_files_under_modal() -> None:
    assert registry_find_sandboxenv("modal_gpu") is ModalSandbox
    assert ModalSandbox.is_docker_compatible()


@pytest.mark.slow
async def test_a_compose_file_runs(emulator: Emulator, tmp_path: Path) -> None:
    config = compose(
        tmp_path, {"image": "python:3.12", "environment": {"PATH": PATH, "A": "b"}, "network_mode": "none"}
    )
    await ModalSandbox.task_init("startup", config)
    sandboxes = await ModalSandbox.sample_init("task", config, {})
    try:
        assert (await sandboxes["default"].exec(["sh", "-c", "echo $A"])).stdout == "b\n"
    finally:
        await ModalSandbox.sample_cleanup("task", config, sandboxes, False)


def test_the_compose_file_of_the_docs_is_understood(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python:3.12")
    (path := tmp_path / "compose.yaml").write_text(example("services:"))
    found = environment_from(str(path))
    assert (found.gpu, found.timeout, found.network) == (("H100", "A100-80GB"), 3600, "blocked")


def test_the_rates_of_the_docs_are_understood(tmp_path: Path) -> None:
    (path := tmp_path / "rates.yaml").write_text(example("date:"))
    found = read(path)
    assert found.gpu("H100") and found.cpu() and found.memory()


def example(beginning: str) -> str:
    page = Path(__file__).parents[3].joinpath("docs", "modal.md").read_text(encoding="utf-8")
    (block,) = re.findall(rf"```yaml\n({beginning}.*?)```", page, re.DOTALL)
    return str(block)

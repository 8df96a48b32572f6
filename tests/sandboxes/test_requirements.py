"""What is installed into images: this machine's versions, so that a kernel there is as one here."""

import importlib.metadata
import sys
from importlib.metadata import PackageNotFoundError

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from seer_evals.environment import Environment
from seer_evals.sandboxes._requirements import PYTHON, requirements
from seer_evals.sandboxes.modal_gpu import _image, _snapshots


def test_what_is_installed_here_is_installed_there_in_the_same_version() -> None:
    found = {Requirement(text).name: Requirement(text) for text in requirements(Environment())}
    assert {"torch", "transformers", "peft", "ipykernel"} <= found.keys()
    for name, requirement in found.items():
        (pin,) = requirement.specifier
        assert (pin.operator, pin.version) == ("==", Version(importlib.metadata.version(name)).public), name
    assert _image.requirements(Environment()) == requirements(Environment())
    assert ".".join(map(str, sys.version_info[:2])) == PYTHON


def test_what_the_environment_names_is_as_it_says() -> None:
    found = requirements(Environment(packages=("torch>=2", "scipy")), "jupyterlab")
    assert found[-3:] == ("jupyterlab", "torch>=2", "scipy")
    assert [text for text in found if Requirement(text).name == "torch"] == ["torch>=2"]


def test_a_build_of_this_machine_is_not_asked_of_an_index_and_what_is_missing_has_its_range(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name == "peft":
            raise PackageNotFoundError(name)
        return "2.9.1+cpu" if name == "torch" else real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    found = requirements(Environment())
    assert "torch==2.9.1" in found
    assert Requirement(next(text for text in found if text.startswith("peft"))).specifier.contains("0.20")


def test_another_version_here_is_another_image(monkeypatch: pytest.MonkeyPatch) -> None:
    before = _snapshots.key(Environment())
    monkeypatch.setattr(_snapshots, "requirements", lambda environment: ("torch==1",))
    assert _snapshots.key(Environment()) != before

"""An environment is one frozen object that says no to what it does not understand."""

import textwrap
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from seer_evals.environment import Environment, ModelSpec, RepoSpec

FULL = """
python: "3.11"
packages: [numpy==2.4.6, pandas]
system_packages: git
gpu: [H100, A100-80GB]
gpu_count: 2
cpu: 4
memory: 32768
models:
  - hub: org/model
    revision: 0123abc
    adapter: org/adapter
    adapter_revision: main
    dtype: bfloat16
    quantization: 4bit
    hidden: true
    system_prompt: You love owls.
    name: subject
    placement: server
repos:
  - url: org/repo
    commit: deadbeef
    install: pip install .
files:
  - {source: data.csv, target: data/data.csv}
env: {A: "1", B: "2"}
secrets: [API_KEY]
network: allowlist
allow: [huggingface.co]
timeout: 3600
idle_timeout: 600
scoped:
  - {name: server, interface: interface.py, concurrent: true}
require_isolation: true
"""


def test_yaml_goes_in_and_out_without_loss() -> None:
    environment = Environment.from_yaml(FULL)
    assert environment.gpu == ("H100", "A100-80GB")
    assert environment.models[0].system_prompt == "You love owls."
    assert Environment.from_yaml(environment.to_yaml()) == environment
    assert Environment.model_validate(environment.model_dump(mode="json")) == environment


def test_only_what_differs_from_the_defaults_is_written() -> None:
    assert yaml.safe_load(Environment(gpu=("any",)).to_yaml()) == {"gpu": ["any"]}


def test_equal_environments_have_equal_hashes() -> None:
    assert len({Environment.from_yaml(FULL), Environment.from_yaml(FULL), Environment()}) == 2


def test_an_environment_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Environment().gpu_count = 2  # type: ignore[misc]


def test_paths_in_a_file_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("x")
    (tmp_path / "prompt.txt").write_text("You love owls.\n")
    file = tmp_path / "lab.yaml"
    file.write_text(
        textwrap.dedent("""\
        files: [{source: data.csv, target: data.csv}]
        models: [{hub: org/model, system_prompt_file: prompt.txt}]
        """)
    )
    environment = Environment.from_yaml(file)
    assert environment.files[0].source == str(tmp_path / "data.csv")
    assert environment.models[0].hub == "org/model"
    assert environment.models[0].hidden_system_prompt() == "You love owls."
    assert Environment.from_yaml(str(file)) == environment


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gpus: [H100]", "gpus"),
        ("image: a\ndockerfile: b", "image 'a' and dockerfile 'b' contradict"),
        ("image: a\npython: '3.12'", "python '3.12' contradicts an image"),
        ("gpu_count: 2", "gpu_count is 2 but gpu names no type"),
        ("allow: [x.org]", "allow needs network: allowlist"),
        ("network: allowlist", "needs allow"),
        ("network: closed", "network"),
        ("timeout: 10\nidle_timeout: 20", "idle_timeout 20 is longer than timeout 10"),
        ("env: {KEY: a}\nsecrets: [KEY]", "KEY: named in both env and secrets"),
        ("models: [{hub: a, path: b}]", "got hub and path"),
        ("models: [{}]", "got none of them"),
        ("models: [{organism: a, adapter: b}]", "adapter 'b' contradicts organism 'a'"),
        ("models: [{path: a, revision: b}]", "revision 'b' belongs to a hub model"),
        ("models: [{path: a, adapter_revision: b}]", "without an adapter"),
        ("models: [{path: a, system_prompt: x, system_prompt_file: y}]", "contradict each other"),
        ("models: [{hub: a, hidden: true, trust_remote_code: true}]", "hidden contradicts trust_remote_code"),
        ("models: [{hub: a}, {hub: b}]", "model name 'model' is used more than once"),
        ("models: [{hub: a, name: 2x}]", "'2x' is not a Python variable name"),
        ("models: [{hub: a, placement: moon}]", "placement 'moon'; available: kernel"),
        ("files: [{source: a, target: ../b}]", "must stay inside the workspace"),
        ("repos: [{url: a/b, commit: c}, {url: d/b, commit: e}]", "target 'b' is used more than once"),
        ("[1, 2]", "must be a mapping"),
    ],
)
def test_a_contradiction_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        Environment.from_yaml(text)


def test_an_unknown_field_is_refused_with_the_field_that_may_have_been_meant() -> None:
    with pytest.raises(ValueError, match="unknown field 'pakages' of Environment; did you mean 'packages'"):
        Environment.from_yaml("pakages: [numpy]")
    with pytest.raises(ValueError, match="unknown field 'sytem_prompt' of ModelSpec; did you mean 'system_prompt'"):
        Environment.from_yaml("models: [{hub: a, sytem_prompt: b}]")


@pytest.mark.parametrize(
    ("url", "clone_url", "directory"),
    [
        ("org/name", "https://github.com/org/name", "name"),
        ("https://example.org/a/b.git", "https://example.org/a/b.git", "b"),
        ("/srv/git/tool", "/srv/git/tool", "tool"),
    ],
)
def test_a_short_url_stands_for_github(url: str, clone_url: str, directory: str) -> None:
    repo = RepoSpec(url=url, commit="c")
    assert (repo.clone_url, repo.directory) == (clone_url, directory)


def test_the_main_model_has_the_plain_tokenizer_name() -> None:
    assert ModelSpec(hub="a").tokenizer_name == "tokenizer"
    assert ModelSpec(hub="a", name="other").tokenizer_name == "other_tokenizer"

"""What an investigation needs, independent of where it runs: `Environment`, `ModelSpec`, `RepoSpec` and their parts.

Everything here is a frozen, hashable pydantic object (Inspect keys its sandboxes by it) that can be written as YAML:

    models:
      - organism: preference-llama-101
        hidden: true
    network: blocked

An unknown field or a contradiction is refused with a message that names it.
"""

import keyword
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BeforeValidator, Field, PlainSerializer, field_validator, model_validator

from seer_evals.frozen import Frozen
from seer_evals.near import did_you_mean

Dtype = Literal["auto", "float32", "bfloat16", "float16"]
Quantization = Literal["8bit", "4bit"]
Network = Literal["blocked", "allowlist", "open"]

IN_KERNEL = "kernel"
"""The `placement` of a model that is loaded in the agent's own kernel."""


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _as_pairs(value: Any) -> Any:
    return tuple(sorted(value.items())) if isinstance(value, Mapping) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
"""A tuple of strings; a single string stands for a tuple of one."""

Pairs = Annotated[tuple[tuple[str, str], ...], BeforeValidator(_as_pairs), PlainSerializer(dict, return_type=dict)]
"""A mapping of strings, held as sorted pairs so that it can be hashed."""


class _Frozen(Frozen):
    @model_validator(mode="before")
    @classmethod
    def _only_known_fields(cls, data: Any) -> Any:
        for name in data if isinstance(data, Mapping) else ():
            if name not in cls.model_fields:
                hint = did_you_mean(name, cls.model_fields) or f"; available: {', '.join(cls.model_fields)}"
                raise ValueError(f"unknown field {name!r} of {cls.__name__}{hint}")
        return data


SOURCES = ("organism", "base", "hub", "path", "gguf")


class ModelSpec(_Frozen):
    """A model to put into the laboratory: exactly one of `organism`, `base`, `hub`, `path`, `gguf` says which.

    `adapter` (a hub id or a local directory) is a PEFT adapter that is loaded onto `base`, `hub`, `path` or `gguf`,
    which is then its base. The tokenizer and the chat template that it brings are the model's.
    """

    organism: str | None = None
    base: str | None = None
    """A pretrained model that comes with a package, as `seer models` lists them: `smollm2`."""
    hub: str | None = None
    path: str | None = None
    gguf: str | None = None
    """A GGUF file, dequantized once into the cache: to `dtype`, or as exactly as its weights are with `auto`."""
    revision: str | None = None
    """Commit, branch or tag of `hub`."""
    adapter: str | None = None
    adapter_revision: str | None = None
    dtype: Dtype = "auto"
    quantization: Quantization | None = None
    trust_remote_code: bool = False
    chat_template: str | None = None
    """Jinja text, or a file that has it, in the place of any template that the model's files have."""
    hidden: bool = False
    """Nothing that identifies the model may be visible from inside the sandbox."""
    system_prompt: str | None = None
    """A system prompt that acts beneath the chat template, for every technique, and is not shown to the agent."""
    system_prompt_file: str | None = None
    name: str = "model"
    """Variable name in the kernel; its tokenizer is `tokenizer`, or `<name>_tokenizer` if `name` is not `model`."""
    placement: str = IN_KERNEL
    """`kernel`, or the name of the scoped sandbox that holds the model."""

    @field_validator("name")
    @classmethod
    def _is_variable(cls, name: str) -> str:
        if not name.isidentifier():
            raise ValueError(f"name {name!r} is not a Python variable name")
        return name

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        sources = [field for field in SOURCES if getattr(self, field) is not None]
        if len(sources) != 1:
            raise ValueError(
                f"a model needs exactly one of {', '.join(SOURCES)}; got {' and '.join(sources) or 'none of them'}"
            )
        if self.revision and self.hub is None:
            raise ValueError(
                f"revision {self.revision!r} belongs to a hub model, but this one is given by {sources[0]}"
            )
        if self.adapter and self.organism:
            raise ValueError(f"adapter {self.adapter!r} contradicts organism {self.organism!r}, which brings its own")
        if self.adapter_revision and not self.adapter:
            raise ValueError(f"adapter_revision {self.adapter_revision!r} is given without an adapter")
        if self.system_prompt is not None and self.system_prompt_file is not None:
            raise ValueError("system_prompt and system_prompt_file contradict each other; give one")
        if self.chat_template is not None and self.organism:
            raise ValueError(f"chat_template contradicts organism {self.organism!r}, which was trained with its own")
        if self.hidden and self.trust_remote_code:
            raise ValueError("hidden contradicts trust_remote_code: code that comes with a model names its origin")
        return self

    @property
    def origin(self) -> str:
        """Where it is from, whichever field says it."""
        return str(next(filter(None, (getattr(self, field) for field in SOURCES))))

    @property
    def tokenizer_name(self) -> str:
        """The variable that holds the tokenizer in the kernel."""
        return "tokenizer" if self.name == "model" else f"{self.name}_tokenizer"

    @property
    def adapter_is_local(self) -> bool:
        """Whether `adapter` is a directory of this machine and no repository of the hub."""
        adapter = self.adapter or ""
        return adapter.startswith(("/", ".", "~")) or bool(adapter and Path(adapter).exists())

    def chat_template_text(self) -> str | None:
        """The chat template, read from its file if it is one."""
        given = self.chat_template
        # Templates have blocks, and names of files have none.
        if given is None or "{" in given or "\n" in given:
            return given
        return Path(given).expanduser().read_text(encoding="utf-8")

    def hidden_system_prompt(self) -> str | None:
        """The text of the hidden system prompt, read from its file if it has one."""
        if self.system_prompt_file is not None:
            return Path(self.system_prompt_file).expanduser().read_text(encoding="utf-8").strip()
        return self.system_prompt


class RepoSpec(_Frozen):
    """A git repository at a commit, with the command that installs it while the network is still open."""

    url: str
    """Anything `git clone` takes; `org/name` stands for GitHub."""
    commit: str
    install: str | None = None
    """Shell command, run once in the checkout during preparation."""
    target: str | None = None
    """Directory below the agent's workspace; the repository's name by default."""

    @property
    def clone_url(self) -> str:
        """What to give to `git clone`."""
        shorthand = self.url.count("/") == 1 and ":" not in self.url and not self.url.startswith((".", "/", "~"))
        return f"https://github.com/{self.url}" if shorthand else self.url

    @property
    def directory(self) -> str:
        """Where the checkout lies, relative to the agent's workspace."""
        return self.target or self.url.rstrip("/").rsplit("/", 1)[-1].removesuffix(".git")


class FileSpec(_Frozen):
    """A file or directory of the host, copied into the agent's workspace."""

    source: str
    target: str
    """Path relative to the agent's workspace."""

    @field_validator("target")
    @classmethod
    def _stays_inside(cls, target: str) -> str:
        if Path(target).is_absolute() or ".." in Path(target).parts:
            raise ValueError(f"target {target!r} must stay inside the workspace: a relative path without '..'")
        return target


class ScopedSpec(_Frozen):
    """A second sandbox that the agent cannot enter: it gets the functions of `interface` and nothing else."""

    name: str
    interface: str
    """Python file whose `@expose` functions are handed to the agent."""
    packages: Names = ()
    gpu: Names = ()
    concurrent: bool = False
    """Calls may run at the same time; otherwise they queue in order."""
    timeout: float = Field(default=600, gt=0)
    """Seconds that a call may run."""

    @field_validator("name")
    @classmethod
    def _is_a_module_of_its_own(cls, name: str) -> str:
        if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
            raise ValueError(f"name {name!r} must be a Python name, since the agent imports the functions as a module")
        if name in (IN_KERNEL, "default") or name in sys.stdlib_module_names:
            raise ValueError(f"name {name!r} is taken; choose another")
        return name


class ApiKeySpec(_Frozen):
    """A key that the agent may use and not read: it is put into requests to a domain outside of the sandbox."""

    domain: str
    """Such as `api.openai.com`, or `*.example.com` with all below it."""
    secret: str
    """Name of the provider's secret that holds a variable of the same name."""
    header: str = "Authorization"
    prefix: str = "Bearer "
    """What comes before the key in the header."""


class Environment(_Frozen):
    """The laboratory of one sample; the same object for every sandbox provider."""

    image: str | None = None
    dockerfile: str | None = None
    python: str | None = None
    """Python version, such as `3.12`; the provider's own by default."""
    packages: Names = ()
    """Python packages as pip requirements, pinned where the result depends on them."""
    system_packages: Names = ()
    gpu: Names = ()
    """GPU types in order of preference; empty for none, `("any",)` for whatever there is."""
    gpu_count: int = Field(default=1, ge=1)
    cpu: float | None = Field(default=None, gt=0)
    """Cores: what a provider sees that there are, and on the workstation the most that the sandbox gets."""
    memory: int | None = Field(default=None, gt=0)
    """Memory in MiB: what a provider sees that there is, and on the workstation the most that the sandbox gets."""
    processes: int | None = Field(default=None, ge=64)
    """The most processes and threads in the sandbox. On the workstation only."""
    disk: int | None = Field(default=None, ge=64)
    """The most that the sandbox may write, in MiB. On the workstation only."""
    models: tuple[ModelSpec, ...] = ()
    repos: tuple[RepoSpec, ...] = ()
    files: tuple[FileSpec, ...] = ()
    env: Pairs = ()
    """Environment variables, visible to the agent."""
    secrets: Names = ()
    """Names of host variables (on `modal_gpu` also of Modal's Secrets) that are handed into the sandbox, **visible to
    the agent**. Never put a key here that it must not have."""
    api_keys: tuple[ApiKeySpec, ...] = ()
    """Keys that are added to the agent's requests outside of the sandbox. On `modal_gpu` only."""
    network: Network = "blocked"
    """What the agent can reach. Preparation (repos, weights) happens before, with the network open."""
    allow: Names = ()
    """Domains that `network: allowlist` lets through."""
    timeout: int | None = Field(default=None, gt=0)
    """Seconds after which the sandbox ends, whatever happens."""
    idle_timeout: int | None = Field(default=None, gt=0)
    """Seconds without a command after which the sandbox ends."""
    scoped: tuple[ScopedSpec, ...] = ()
    debug: bool = False
    """Let a person in while the sample runs: an editor, a terminal and notebooks in the browser, behind a token that
    the console tells. On `modal_gpu` only."""
    require_isolation: bool = False
    """Refuse to start where the provider cannot isolate the agent from its host."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.image and self.dockerfile:
            raise ValueError(f"image {self.image!r} and dockerfile {self.dockerfile!r} contradict each other; give one")
        if self.python and (self.image or self.dockerfile):
            raise ValueError(f"python {self.python!r} contradicts an image of your own, which decides its Python")
        if self.gpu_count > 1 and not self.gpu:
            raise ValueError(f"gpu_count is {self.gpu_count} but gpu names no type; say gpu: [any] if you do not mind")
        if self.allow and self.network != "allowlist":
            raise ValueError(f"allow needs network: allowlist, but network is {self.network!r}")
        if self.network == "allowlist" and not self.allow:
            raise ValueError("network: allowlist needs allow, the list of domains")
        if self.timeout and self.idle_timeout and self.idle_timeout > self.timeout:
            raise ValueError(f"idle_timeout {self.idle_timeout} is longer than timeout {self.timeout}")
        if both := sorted(set(self.secrets) & {name for name, _ in self.env}):
            raise ValueError(f"{', '.join(both)}: named in both env and secrets; give it once")
        if self.api_keys and self.network == "blocked":
            raise ValueError("api_keys are of no use with network: blocked; open it, or use allowlist")
        _refuse_twice("model name", [model.name for model in self.models])
        _refuse_twice("scoped sandbox", [scoped.name for scoped in self.scoped])
        _refuse_twice("target", [*(repo.directory for repo in self.repos), *(file.target for file in self.files)])
        places = {IN_KERNEL, *(scoped.name for scoped in self.scoped)}
        for model in self.models:
            if model.placement not in places:
                raise ValueError(
                    f"model {model.name!r} has placement {model.placement!r}; available: {', '.join(sorted(places))}"
                )
        return self

    @classmethod
    def from_yaml(cls, source: str | Path) -> Self:
        """Read an environment from a YAML file (a `Path`, or a string that ends in .yaml or .yml) or from YAML text.

        Paths in a file (`path`, `gguf`, `chat_template`, `adapter`, `files`, `dockerfile`, `system_prompt_file`,
        `interface`, the family's in `organism`) that exist relative to that file are made absolute.

        Raises:
            ValueError: The YAML is not a mapping, or a field is unknown, malformed or contradicts another.
        """
        if isinstance(source, str) and not source.strip().endswith((".yaml", ".yml")):
            return cls._from_data(yaml.safe_load(source), "the YAML text")
        path = Path(source).expanduser()
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return cls._from_data(absolute(data, path.parent.resolve()), str(path))

    @classmethod
    def _from_data(cls, data: Any, where: str) -> Self:
        if not isinstance(data, Mapping):
            raise ValueError(f"{where} must be a mapping of fields, not {type(data).__name__}")
        return cls.model_validate(data)

    def to_yaml(self) -> str:
        """Write the fields that differ from their defaults as YAML; `from_yaml` reads them back to an equal object."""
        return yaml.safe_dump(self.model_dump(mode="json", exclude_defaults=True), sort_keys=False, allow_unicode=True)


_PATH_FIELDS = {
    "path", "gguf", "chat_template", "adapter", "source", "dockerfile", "system_prompt_file", "interface", "organism"
}  # fmt: skip


def absolute(data: Any, folder: Path) -> Any:
    """Fields of an environment as YAML has them, with paths that exist relative to `folder` made absolute."""
    if isinstance(data, list):
        return [absolute(item, folder) for item in data]
    if not isinstance(data, dict):
        return data
    return {
        key: str(folder / value)
        if key in _PATH_FIELDS and isinstance(value, str) and (folder / _file(key, value)).exists()
        else absolute(value, folder)
        for key, value in data.items()
    }


def _file(key: str, value: str) -> str:
    """The path in a field; an organism's is that of its family: `my_family.py:my_family-llama-1`."""
    return value.partition(".py:")[0] + ".py" if key == "organism" else value


def _refuse_twice(what: str, names: list[str]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{what} {', '.join(map(repr, twice))} is used more than once; each needs its own")

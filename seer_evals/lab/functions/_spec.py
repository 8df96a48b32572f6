"""What is known about an exposed function without running it."""

from typing import Any, Literal

from seer_evals.frozen import Frozen

Kind = Literal["positional_only", "positional_or_keyword", "var_positional", "keyword_only", "var_keyword"]

MODEL_TYPE = "LanguageModel"
"""The annotation of a parameter that stands for a loaded model. Across a process boundary it is the model's name."""


class Parameter(Frozen):
    """One parameter of a function."""

    name: str
    kind: Kind
    annotation: str
    """Source text, such as `list[str] | None`."""
    default: str | None = None
    """Source text of the default; None if the argument is required."""
    json_schema: dict[str, Any]
    """Of one value; `{"type": "array", "x-tensor": true}` for a numpy array or torch tensor, `{}` for anything."""
    description: str = ""

    @property
    def required(self) -> bool:
        """The call fails without it."""
        return self.default is None and self.kind not in ("var_positional", "var_keyword")

    @property
    def is_model(self) -> bool:
        """It stands for a loaded model."""
        return self.annotation.rsplit(".", 1)[-1] == MODEL_TYPE


class Function(Frozen):
    """An exposed function: signature and documentation, nothing of its body."""

    module: str
    name: str
    parameters: tuple[Parameter, ...]
    returns: str = ""
    """Source text of the return annotation."""
    doc: str
    """The docstring, dedented."""
    summary: str
    """What it does, without the part on its arguments."""
    is_async: bool = False

    @property
    def signature(self) -> str:
        """As it is written in Python, such as `steer(lm: LanguageModel, *, layer: int = 3) -> Table`."""
        parts: list[str] = []
        kinds = [parameter.kind for parameter in self.parameters]
        for i, parameter in enumerate(self.parameters):
            if parameter.kind == "keyword_only" and not {"var_positional", "keyword_only"} & set(kinds[:i]):
                parts.append("*")
            parts.append(_write(parameter))
            if parameter.kind == "positional_only" and "positional_only" not in kinds[i + 1 :]:
                parts.append("/")
        returns = f" -> {self.returns}" if self.returns else ""
        return f"{self.name}({', '.join(parts)}){returns}"


def _write(parameter: Parameter) -> str:
    stars = {"var_positional": "*", "var_keyword": "**"}.get(parameter.kind, "")
    annotation = f": {parameter.annotation}" if parameter.annotation else ""
    default = "" if parameter.default is None else f" = {parameter.default}" if annotation else f"={parameter.default}"
    return f"{stars}{parameter.name}{annotation}{default}"

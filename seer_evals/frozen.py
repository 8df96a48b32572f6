"""What is written down and read back: objects that nobody changes, in which every field is known."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Values that stay as they were made; an unknown field is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

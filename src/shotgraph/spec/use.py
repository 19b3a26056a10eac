"""A pipeline file as a step of another."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class UseArguments(BaseModel):
    """Run another pipeline file; its output is the step's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str = Field(
        min_length=1, description="The other file, relative to this one, in its folder or below."
    )
    params: dict[str, Any] = Field(
        default={}, description="Values for its parameters; the others keep their defaults."
    )

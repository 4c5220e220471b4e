"""What every resource of the API shares: strict models."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


class ApiModel(BaseModel):
    """A JSON object of the API: no unknown fields, no values of another type."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _whole(value: Any) -> Any:
    """Return 3 for 3.0: JSON knows one kind of number, and both are the same one there."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]

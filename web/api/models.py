"""What every resource of the API shares: strict models."""

from pydantic import BaseModel, ConfigDict


class ApiModel(BaseModel):
    """A JSON object of the API: no unknown fields, no values of another type."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

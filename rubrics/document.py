"""What every published document is made of: frozen, strict, codes and texts of bounded length."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


class Document(BaseModel):
    """A frozen model, read from and written to JSON; raises pydantic's ValidationError, a ValueError."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


def _without_nul(text: str) -> str:
    if "\0" in text:
        # PostgreSQL cannot store it, in text or in JSON.
        raise ValueError("contains a NUL character")
    return text


Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
Label = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"\S"), AfterValidator(_without_nul)
]
Prose = Annotated[str, StringConstraints(max_length=5_000), AfterValidator(_without_nul)]


def require_unique(what: str, codes: Iterable[str]) -> None:
    """Raise ValueError naming each code that occurs more than once."""
    if repeated := sorted(code for code, count in Counter(codes).items() if count > 1):
        raise ValueError(f"{what} used more than once: {', '.join(repeated)}")

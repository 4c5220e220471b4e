"""The frameworks and rubrics that are shipped. Labels are ours; official wording is imported."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import yaml

from rubrics.framework import Framework
from rubrics.rubric import Rubric


@cache
def load_frameworks() -> tuple[Framework, ...]:
    """Return the frameworks that are shipped, by file name."""
    return tuple(Framework.model_validate_json(document) for document in _documents("framework_"))


@cache
def load_rubrics() -> tuple[Rubric, ...]:
    """Return the rubrics that are shipped, by file name."""
    return tuple(Rubric.model_validate_json(document) for document in _documents("rubric_"))


def _documents(prefix: str) -> Iterator[str]:
    shipped = sorted(files(__name__).iterdir(), key=lambda each: each.name)
    for each in shipped:
        if each.name.startswith(prefix) and each.name.endswith(".yaml"):
            # Strict models read tuples from JSON only, not from the lists that YAML gives.
            yield json.dumps(yaml.safe_load(each.read_text(encoding="utf-8")))

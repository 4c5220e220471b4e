"""What every page's template and the stylesheet keep to."""

import re
from functools import cache
from pathlib import Path
from typing import Any, get_args

import jinja2
import pytest

from observe import comment, observation, people, school_agreement
from web.templating import TEMPLATES, Undefined

ROOT = TEMPLATES.parents[1]
PAGES = sorted(TEMPLATES.glob("*.html"))
TOKENS = (ROOT / "web/client/styles/_tokens.scss").read_text()
READABLE = 4.5  # WCAG 2.2, 1.4.3: text
VISIBLE = 3.0  # WCAG 2.2, 1.4.11: edges of controls and signs
GROUNDS = ("canvas", "surface", "sunken")
MEANINGS = ("strength", "target", "question", "note", "info", "success", "warning", "error")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_template_begins_by_saying_what_it_is_given(page: Path) -> None:
    assert page.read_text().startswith("{#-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_template_has_nothing_inline_that_the_policy_would_block(page: Path) -> None:
    source = page.read_text()
    assert not re.search(r"<[a-z][^>]*\s(style|on[a-z]+)=|<style|javascript:", source)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", source))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_form_that_changes_something_posts_to_ourselves(page: Path) -> None:
    for form in re.findall(r"<form[^>]*>", page.read_text()):
        assert 'method="post" action="' in form or 'method="get" action="/' in form


@cache
def words() -> dict[str, Any]:
    """Return what words.html says for each code."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=Undefined
    )
    return vars(environment.get_template("words.html").module)


@pytest.mark.parametrize(
    ("mapping", "codes"),
    [
        ("role_words", people.ROLES),
        ("role_hints", people.ROLES),
        ("mode_words", get_args(observation.Mode)),
        ("part_words", get_args(observation.Part)),
        ("kind_words", get_args(comment.Kind)),
        ("basis_words", get_args(school_agreement.Basis)),
    ],
)
def test_every_code_that_pages_show_has_its_words(mapping: str, codes: tuple[str, ...]) -> None:
    assert set(words()[mapping]) == set(codes)


def test_every_act_of_the_journal_has_its_words() -> None:
    sources = [
        path.read_text() for room in ("observe", "media", "web") for path in (ROOT / room).rglob("*.py")
    ]
    acts = {act for source in sources for act in re.findall(r'\bjournal\(\s*"([a-z_]+\.[a-z_]+)"', source)}
    assert acts
    assert acts <= set(words()["action_words"])


def colours(scheme: str) -> dict[str, str]:
    """Return the colours of a scheme, by name, as six hex digits."""
    block = TOKENS.split(f"@mixin {scheme} {{")[1].split("\n}")[0]
    found = dict(re.findall(r"--colour-([a-z-]+): #([0-9a-f]{3,6});", block))
    return {
        name: code if len(code) == len("rrggbb") else "".join(2 * digit for digit in code)
        for name, code in found.items()
    }


def luminance(code: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    parts = [int(code[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_every_ground_it_is_meant_for(scheme: str) -> None:
    colour = colours(scheme)
    pairs = [
        (text, ground)
        for text in ("text", "text-quiet", "link", "link-hover", "link-visited", "error")
        for ground in GROUNDS
    ]
    pairs += [(meaning, f"{meaning}-ground") for meaning in MEANINGS]
    pairs += [(text, f"{meaning}-ground") for text in ("text", "text-quiet") for meaning in MEANINGS]
    pairs += [(meaning, ground) for meaning in MEANINGS for ground in ("canvas", "surface")]
    pairs += [
        ("on-brand", "brand"),
        ("on-action", "action"),
        ("on-action", "action-hover"),
        ("on-focus", "focus"),
    ]
    unreadable = {pair: contrast(*(colour[name] for name in pair)) for pair in pairs}
    assert not {pair: ratio for pair, ratio in unreadable.items() if ratio < READABLE}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_edges_of_controls_can_be_seen(scheme: str) -> None:
    colour = colours(scheme)
    assert all(contrast(colour["edge"], colour[ground]) >= VISIBLE for ground in GROUNDS)
    assert all(contrast(colour["action"], colour[ground]) >= VISIBLE for ground in GROUNDS)

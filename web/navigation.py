"""Where a person can go from every page."""

from dataclasses import dataclass

from observe.access import may
from web.call import Call


@dataclass(frozen=True)
class NavItem:
    """One place in the navigation."""

    text: str
    href: str
    is_current: bool


_PLACES = (
    ("Dashboard", "/", None),
    ("Schedule", "/observations/new", "observation.schedule"),
    ("Moderation", "/moderation", "moderation.see"),
    ("People", "/people", "person.manage"),
    ("Programme", "/programme", "programme.manage"),
    ("Frameworks", "/frameworks", "framework.see"),
    ("Activity", "/activity", "activity.see"),
)


def navigation(call: Call) -> list[NavItem]:
    """Return the places that are open to whoever calls."""
    if call.person is None:
        return []
    path = call.request.path
    return [
        NavItem(text, href, path == href or (href != "/" and path.startswith(href + "/")))
        for text, href, action in _PLACES
        if action is None or may(call.actor, action)
    ]

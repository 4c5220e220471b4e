"""Templates: words and numbers as pages show them."""

import json
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from babel.dates import format_date, format_datetime, get_timezone_location, get_timezone_name
from jinja2.utils import missing

from web.call import Call
from web.navigation import navigation

TEMPLATES = Path(__file__).parent / "templates"


class Undefined(jinja2.StrictUndefined):
    """A name that a page was not given is a fault; an option left out of a macro's parameters is not.

    The GOV.UK macros take one mapping and ask it for whatever a caller may have set; their JavaScript origin
    shows in the names `undefined` and `null`.
    """

    def __new__(cls, hint: str | None = None, obj: Any = missing, name: str | None = None, *rest: Any) -> Any:
        """Return what stands for something that is not there."""
        if isinstance(obj, dict) or name in ("caller", "undefined", "null"):
            return jinja2.ChainableUndefined(hint, obj, name, *rest)
        return super().__new__(cls)


class Templates:
    """The templates, compiled, with the filters and functions they use."""

    def __init__(self, static: Path) -> None:
        self._static = static
        self._environment = jinja2.Environment(
            loader=jinja2.ChoiceLoader(
                [
                    jinja2.FileSystemLoader(TEMPLATES),
                    # Its macros import one another by this prefix.
                    jinja2.PrefixLoader(
                        {"govuk_frontend_jinja": jinja2.PackageLoader("govuk_frontend_jinja")}
                    ),
                ]
            ),
            autoescape=True,
            undefined=Undefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["lesson_time"] = lesson_time
        self._environment.filters["day"] = day
        self._environment.globals["asset"] = self.asset

    def asset(self, name: str) -> str:
        """Return the address of a built file by its plain name; raises KeyError when it was not built."""
        return f"/static/{_manifest(self._static)[name]}"

    def render(self, template: str, call: Call, context: dict[str, Any]) -> str:
        """Return the page for whoever calls."""
        zone = call.person.time_zone if call.person else "UTC"
        return self._environment.get_template(template).render(
            person=call.person,
            nav=navigation(call),
            path=call.request.path,
            when=lambda moment, style="long": when(moment, zone, style),
            notice=NOTICES.get(call.query("done")),
            **context,
        )


NOTICES = {
    "agreed": "The agreed judgement is written down.",
    "agreement": "The school’s agreement is written down.",
    "assigned": "The second marker has been asked. They mark blind.",
    "cancelled": "The observation is cancelled.",
    "captions_added": "The captions are added. The player offers them.",
    "captions_removed": "The captions are removed.",
    "film_sent": "The film has arrived, and is being prepared.",
    "film_deleted": "The film is deleted. What was written about it stays.",
    "cohort": "The cohort is added.",
    "drafted": "A new version is begun. It can change until you publish it.",
    "enrolled": "The trainee is enrolled.",
    "person-added": "The person is added. Tell them their e-mail and password.",
    "person-ended": "The person can no longer sign in here.",
    "person-restored": "The person can sign in again.",
    "placed": "The placement is added.",
    "programme": "The programme is added.",
    "published": "Published. This version will never change.",
    "released": "The trainee can now read the feedback.",
    "roles": "The roles are changed, from the next click on.",
    "scheduled": "The observation is arranged.",
    "signed-out": "You are signed out.",
    "worded": "The official wording is imported.",
}


def when(moment: datetime, zone: str, style: str = "long") -> str:
    """Return a moment in the reader's zone, with the zone's name: GMT, CEST, Lagos time."""
    local = moment.astimezone(ZoneInfo(zone))
    name = get_timezone_name(local, width="short", locale="en_GB")
    if not name.isalpha():  # most zones have no short name in English, only "+0100"
        name = f"{get_timezone_location(ZoneInfo(zone), locale='en_GB', return_city=True)} time"
    if style == "short":
        return format_datetime(local, "d MMM, HH:mm", locale="en_GB")
    return f"{format_datetime(local, 'EEE d MMM y, HH:mm', locale='en_GB')} {name}"


def day(value: date) -> str:
    """Return a date in words."""
    return format_date(value, "d MMM y", locale="en_GB")


def lesson_time(milliseconds: int) -> str:
    """Return a lesson time as people read it: 0:07, 12:30, 1:02:03."""
    seconds = milliseconds // 1000
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@cache
def _manifest(static: Path) -> dict[str, str]:
    manifest: dict[str, str] = json.loads((static / "manifest.json").read_text())
    return manifest

"""Every route there is, file by file."""

from web import health, openapi, socket
from web.api import comments, lessons, mark_sheets, observations, uploads
from web.pages import (
    activity,
    captions,
    check_answers,
    dashboard,
    feedback,
    frameworks,
    marking,
    moderation,
    observation,
    people,
    programme,
    schedule,
    sign_in,
    upload,
)
from web.routes import Route

ALL_ROUTES: list[Route] = [
    route
    for table in (
        health.routes,
        openapi.routes,
        socket.routes,
        sign_in.routes,
        dashboard.routes,
        schedule.routes,
        observation.routes,
        upload.routes,
        captions.routes,
        marking.routes,
        check_answers.routes,
        feedback.routes,
        moderation.routes,
        people.routes,
        programme.routes,
        frameworks.routes,
        activity.routes,
        observations.routes,
        comments.routes,
        mark_sheets.routes,
        lessons.routes,
        uploads.routes,
    )
    for route in table.routes
]

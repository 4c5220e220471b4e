"""The API: one file per resource, described at /api/openapi.json."""

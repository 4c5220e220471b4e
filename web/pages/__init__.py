"""Pages: one file per page, its template of the same name in templates/."""

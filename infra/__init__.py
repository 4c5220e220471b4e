"""What everything stands on: settings, database, sessions, journal, jobs, hub, telemetry."""

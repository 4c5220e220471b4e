"""Bytes and time: uploads, storage, ingest, takes and timelines. Knows lessons, not people."""

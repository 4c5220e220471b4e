"""Uploads that are not lost: the tus protocol, a durable spool, one writer at a time."""

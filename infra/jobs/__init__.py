"""Durable jobs: work that outlives the process that began it. The only package that knows the engine (DBOS).

A job is one call of a registered workflow. It is queued inside the transaction that wants it, resumes after
the last finished step when its process dies, and is adopted by another worker when that process does not come
back. Steps must be idempotent: one that was cut off runs again.
"""

from infra.jobs.engine import is_ours, prepare
from infra.jobs.process import Jobs, JobStatus, State
from infra.jobs.worker import Workflow

__all__ = ["JobStatus", "Jobs", "State", "Workflow", "is_ours", "prepare"]

"""The store that an address names."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from media.storage import Storage
from media.storage.disk import DiskStorage


def open_storage(url: str, s3_endpoint: str = "") -> Storage:
    """Return the store at `file:///folder` or `s3://bucket/prefix`; raises ValueError for anything else."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return DiskStorage(Path(unquote(parts.path)))
    if parts.scheme == "s3" and parts.netloc:
        from media.storage.s3 import S3Storage, connect

        return S3Storage(connect(s3_endpoint or None), parts.netloc, parts.path)
    raise ValueError(f"a store is file:///folder or s3://bucket/prefix, not {url}")

"""Objects in an S3 bucket, under one prefix. boto3 is not asynchronous: every call is made in a thread."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from media.storage import Missing, Part, StorageAway, Stored, Unfinished, check_key

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

T = TypeVar("T")

MEBIBYTE = 1024 * 1024
BLOCK = MEBIBYTE  # bytes read at a time
AT_ONCE = 8  # requests of one call
DELETED_TOGETHER = 1000  # keys, the most that S3 takes
PART_SIZE = 8 * MEBIBYTE  # S3 takes no part below 5 MiB but the last, and no more than 10,000
_GONE = {"404", "NoSuchKey", "NoSuchUpload", "NotFound"}
_TRANSFER = TransferConfig(multipart_threshold=64 * MEBIBYTE, multipart_chunksize=64 * MEBIBYTE)
_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mp4": "video/mp4",
    ".m4s": "video/iso.segment",
    ".jpg": "image/jpeg",
    ".vtt": "text/vtt",
    ".json": "application/json",
}


def connect(endpoint: str | None = None, *, patience_s: float = 30) -> "S3Client":
    """Return a client; credentials and region come from where boto3 looks for them.

    It waits `patience_s` for every next byte of an answer.
    """
    client: S3Client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        config=Config(
            signature_version="s3v4",
            connect_timeout=5,
            read_timeout=patience_s,
            retries={"mode": "standard", "total_max_attempts": 4},
            max_pool_connections=4 * AT_ONCE,
            # With an endpoint of one's own the bucket is part of the path, not of the host.
            s3={"addressing_style": "path" if endpoint else "auto"},
        ),
    )
    return client


class S3Storage:
    """A `Storage`, and `InParts`, in one bucket. Raises StorageAway when S3 does not answer as it should."""

    def __init__(
        self, client: "S3Client", bucket: str, prefix: str = "", *, part_size: int = PART_SIZE
    ) -> None:
        self.part_size = part_size
        self.bucket = bucket
        self._client = client
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    @property
    def origin(self) -> str:
        """Where links lead; raises StorageAway without credentials."""
        with _told("origin"):
            address = urlsplit(self._client.generate_presigned_url("get_object", self._object("origin"), 1))
        return f"{address.scheme}://{address.netloc}"

    async def put(self, key: str, file: Path) -> None:
        """Take over a local file as `key`, atomically; it is gone afterwards."""
        await self._do(key, self._upload, key, file)
        await asyncio.to_thread(file.unlink, missing_ok=True)

    async def put_all(self, prefix: str, files: Sequence[Path]) -> None:
        """Take over local files of one folder as `prefix/name`, in this order; they are gone afterwards.

        Segments go several at once; playlists after them, so that none names what is not there.
        """
        lists = [file for file in files if file.suffix == ".m3u8"]
        others = [file for file in files if file.suffix != ".m3u8"]
        limit = asyncio.Semaphore(AT_ONCE)

        async def put_one(file: Path) -> None:
            async with limit:
                await self.put(f"{prefix}/{file.name}", file)

        await asyncio.gather(*[put_one(file) for file in others])
        for file in lists:
            await self.put(f"{prefix}/{file.name}", file)

    async def stat(self, key: str) -> Stored:
        """Return what is known of an object; raises Missing."""
        found = await self._do(key, self._client.head_object, **self._object(key))
        return Stored(key, found["ContentLength"], found["LastModified"])

    async def read(self, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes of an object, or of a range of it; raises Missing."""
        size = (await self.stat(key)).byte_size
        end = size if length is None else min(size, start + length)
        if start >= end:
            return
        wanted = f"bytes={start}-{end - 1}"
        body = (await self._do(key, self._client.get_object, **self._object(key), Range=wanted))["Body"]
        try:
            while block := await self._do(key, body.read, BLOCK):
                yield block
        finally:
            body.close()

    @asynccontextmanager
    async def fetch(self, key: str) -> AsyncIterator[Path]:
        """Offer a copy of the object in a folder that is gone afterwards; raises Missing."""
        prefix, name = key.rsplit("/", 1)
        async with self.fetch_all(prefix, [name]) as folder:
            yield folder / name

    @asynccontextmanager
    async def fetch_all(self, prefix: str, names: Sequence[str]) -> AsyncIterator[Path]:
        """Offer a folder with copies of the objects; raises Missing for one that is not there."""
        limit = asyncio.Semaphore(AT_ONCE)
        with tempfile.TemporaryDirectory(prefix="observe-") as folder:

            async def fetch_one(name: str) -> None:
                async with limit:
                    key = f"{prefix}/{name}"
                    await self._do(key, self._download, key, Path(folder) / name)

            await asyncio.gather(*[fetch_one(name) for name in names])
            yield Path(folder)

    async def link(self, key: str, seconds: int) -> str | None:
        """Return an address that is good for so long, whether or not the object is there."""
        kind = {"ResponseContentType": _TYPES[Path(key).suffix]} if Path(key).suffix in _TYPES else {}
        return await asyncio.to_thread(
            self._client.generate_presigned_url, "get_object", self._object(key) | kind, seconds
        )

    async def contents(self, prefix: str) -> list[Stored]:
        """Return every object under `prefix/`, by key."""
        check_key(prefix)
        return await self._do(prefix, self._contents, f"{prefix}/")

    async def delete(self, key: str) -> None:
        """Remove an object; nothing happens when there is none."""
        await self._do(key, self._client.delete_object, **self._object(key))

    async def delete_tree(self, prefix: str) -> None:
        """Remove every object under `prefix/`, and what was begun there in parts."""
        check_key(prefix)  # an empty one would be the whole store
        for begun in await self.unfinished(prefix):
            await self.abandon(begun.key, begun.upload)
        keys = [stored.key for stored in await self.contents(prefix)]
        for first in range(0, len(keys), DELETED_TOGETHER):
            await self._do(prefix, self._delete, keys[first : first + DELETED_TOGETHER])

    async def sha256(self, key: str) -> str:
        """Return the hex SHA-256 of an object, read back from where it rests; raises Missing."""
        digest = hashlib.sha256()
        async for block in self.read(key):
            await asyncio.to_thread(digest.update, block)
        return digest.hexdigest()

    async def begin(self, key: str) -> str:
        """Begin an object; returns what S3 calls the upload id."""
        return (await self._do(key, self._client.create_multipart_upload, **self._object(key)))["UploadId"]

    async def put_part(self, key: str, upload: str, number: int, content: bytes) -> Part:
        """Store a part, also in the place of one with the same number; raises Missing for no such upload."""
        part = self._part(key, upload) | {"PartNumber": number, "Body": content}
        stored = await self._do(key, self._client.upload_part, **part)
        return Part(number, len(content), stored["ETag"])

    async def parts(self, key: str, upload: str) -> list[Part]:
        """Return the parts that are stored, by number; raises Missing for no such upload."""
        return await self._do(key, self._parts, key, upload)

    async def finish(self, key: str, upload: str, parts: Sequence[Part]) -> None:
        """Make the object of its parts; raises Missing for no such upload."""
        made = [{"PartNumber": part.number, "ETag": part.etag} for part in parts]
        whole = self._part(key, upload) | {"MultipartUpload": {"Parts": made}}
        await self._do(key, self._client.complete_multipart_upload, **whole)

    async def abandon(self, key: str, upload: str) -> None:
        """Forget the parts; nothing happens when there is no such upload."""
        try:
            await self._do(key, self._client.abort_multipart_upload, **self._part(key, upload))
        except Missing:
            return

    async def unfinished(self, prefix: str) -> list[Unfinished]:
        """Return what was begun under `prefix` (empty: anywhere) and is neither finished nor abandoned."""
        return await self._do(prefix, self._unfinished, f"{prefix}/" if prefix else "")

    async def link_part(self, key: str, upload: str, number: int, byte_size: int, seconds: int) -> str:
        """Return an address to which a browser may PUT this part, of this size, for so long."""
        part = self._part(key, upload) | {"PartNumber": number, "ContentLength": byte_size}
        return await asyncio.to_thread(self._client.generate_presigned_url, "upload_part", part, seconds)

    async def _do(self, key: str, call: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Make a call in a thread; raises Missing or StorageAway."""
        return await asyncio.to_thread(_answered, key, partial(call, *arguments, **named))

    def _object(self, key: str) -> Any:
        check_key(key)
        return {"Bucket": self.bucket, "Key": self._prefix + key}

    def _part(self, key: str, upload: str) -> Any:
        return self._object(key) | {"UploadId": upload}

    def _upload(self, key: str, file: Path) -> None:
        kind = {"ContentType": _TYPES[file.suffix]} if file.suffix in _TYPES else None
        self._client.upload_file(
            str(file), self.bucket, self._object(key)["Key"], ExtraArgs=kind, Config=_TRANSFER
        )

    def _download(self, key: str, target: Path) -> None:
        self._client.download_file(self.bucket, self._object(key)["Key"], str(target), Config=_TRANSFER)

    def _contents(self, prefix: str) -> list[Stored]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self._prefix + prefix
        )
        found = [
            Stored(each["Key"].removeprefix(self._prefix), each["Size"], each["LastModified"])
            for page in pages
            for each in page.get("Contents", [])
        ]
        return sorted(found, key=lambda stored: stored.key)

    def _delete(self, keys: Sequence[str]) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda key: self._client.delete_object(**self._object(key)), keys))

    def _parts(self, key: str, upload: str) -> list[Part]:
        pages = self._client.get_paginator("list_parts").paginate(**self._part(key, upload))
        return [
            Part(each["PartNumber"], each["Size"], each["ETag"])
            for page in pages
            for each in page.get("Parts", [])
        ]

    def _unfinished(self, prefix: str) -> list[Unfinished]:
        pages: Iterator[Any] = iter(
            self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self.bucket, Prefix=self._prefix + prefix
            )
        )
        return [
            Unfinished(each["Key"].removeprefix(self._prefix), each["UploadId"], each["Initiated"])
            for page in pages
            for each in page.get("Uploads", [])
            if each["Key"].startswith(self._prefix + prefix)
        ]


def _answered(key: str, call: Callable[[], T]) -> T:
    with _told(key):
        return call()


@contextmanager
def _told(key: str) -> Iterator[None]:
    """Tell what is missing from a store that is away."""
    try:
        yield
    except ClientError as error:
        if str(error.response.get("Error", {}).get("Code")) in _GONE:
            raise Missing(key) from None
        raise StorageAway(key, str(error)) from error
    except (BotoCoreError, OSError) as error:
        raise StorageAway(key, str(error)) from error
    except Exception as error:
        # boto3's transfers wrap what failed in an error of their own.
        if type(error).__module__.startswith(("boto3", "s3transfer")):
            raise StorageAway(key, str(error)) from error
        raise

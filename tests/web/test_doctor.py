"""The doctor tries the store as the service and browsers will use it."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from infra.settings import Settings
from media.storage.connect import open_storage
from tests.support.s3 import BUCKET, CREDENTIALS, client_of, s3_server
from tests.support.server import observe
from web.doctor import examine

PAGES = "https://observe.example.org"


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings for an embedded service, with credentials for the test's S3 servers."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    return Settings.from_environment({"OBSERVE_DATABASE_URL": sqlite_url}, data=tmp_path / "data")


async def store_finding(settings: Settings) -> tuple[bool, str]:
    """Return what the doctor says of the store."""
    [found] = [each for each in await examine(settings) if each.text.startswith("store:")]
    return found.is_well, found.text


async def test_a_store_on_the_disk_is_tried_and_nothing_is_left_in_it(settings: Settings) -> None:
    is_well, said = await store_finding(settings)
    assert is_well, said
    left = [path for path in (settings.data / "store").rglob("*") if path.is_file()]
    assert left == []


async def test_a_store_that_cannot_be_written_is_named(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    is_well, said = await store_finding(
        replace(settings, storage_url=f"{(tmp_path / 'file').as_uri()}/store")
    )
    assert not is_well
    assert "check OBSERVE_STORAGE_URL" in said


async def test_a_bucket_is_well_when_pages_may_fetch_from_it(settings: Settings, tmp_path: Path) -> None:
    with s3_server("moto", tmp_path / "s3" / "data") as address:
        client_of(address).put_bucket_cors(
            Bucket=BUCKET,
            CORSConfiguration={
                "CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": [settings.public_url]}]
            },
        )
        on_s3 = replace(settings, storage_url=f"s3://{BUCKET}/films", s3_endpoint=address)
        assert (await store_finding(on_s3))[0]
        assert await open_storage(on_s3.storage_url, address).contents("doctor") == []
        is_well, said = await store_finding(replace(on_s3, public_url=PAGES))
        assert not is_well
        assert "give it an https endpoint" in said


async def test_a_bucket_that_pages_may_not_fetch_from_is_named_with_the_rule_it_needs(
    settings: Settings, tmp_path: Path
) -> None:
    with s3_server("nanio", tmp_path / "s3" / "data") as address:  # it has no CORS rules
        on_s3 = replace(settings, storage_url=f"s3://{BUCKET}/films", s3_endpoint=address)
        is_well, said = await store_finding(on_s3)
        assert not is_well
        assert f"let the bucket's CORS rules allow GET from {settings.public_url}" in said


async def examined(settings: Settings, environ: dict[str, str]) -> str:
    """Return what `observe doctor` prints; credentials are read once by a process, so in one of its own."""
    process = await asyncio.create_subprocess_exec(
        *observe("doctor", "--data", str(settings.data)),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"OBSERVE_DATABASE_URL": settings.database_url, "COLUMNS": "1000"} | environ,
    )
    said, _ = await process.communicate()
    assert process.returncode == 1
    return said.decode()


@pytest.mark.parametrize(
    ("bucket", "key"), [("no-such-bucket", "observe"), (BUCKET, "somebody-else"), (BUCKET, "")]
)
async def test_a_bucket_that_is_missing_or_closed_is_named(
    settings: Settings, tmp_path: Path, bucket: str, key: str
) -> None:
    with s3_server("nanio", tmp_path / "s3" / "data") as address:
        said = await examined(
            settings,
            {
                "OBSERVE_STORAGE_URL": f"s3://{bucket}/films",
                "OBSERVE_S3_ENDPOINT": address,
                "AWS_ACCESS_KEY_ID": key,
                "AWS_EC2_METADATA_DISABLED": "true",
            },
        )
    assert f"mend store: s3://{bucket}/films cannot be used" in said
    assert "OBSERVE_S3_ENDPOINT, and that the credentials may get, put, list and delete" in said


async def test_a_bucket_that_does_not_answer_is_named(settings: Settings) -> None:
    on_s3 = replace(settings, storage_url=f"s3://{BUCKET}/films", s3_endpoint="http://127.0.0.1:9")
    is_well, said = await store_finding(on_s3)
    assert not is_well
    assert "cannot be used" in said

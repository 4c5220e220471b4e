"""The locks pin everything by hash and prefer no registry."""

import json
import re
import tomllib

import pytest

from tools.client import ROOT
from tools.lock import BUILD, HOST, RUNTIME, TEST, refuse_hosts

PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==(\S+)", re.MULTILINE)


def test_no_lock_names_a_host() -> None:
    refuse_hosts()


@pytest.mark.parametrize("line", ['"resolved": "x"', "--index-url https://example.org"])
def test_a_line_that_names_a_host_is_seen(line: str) -> None:
    assert HOST.search(line)


def test_every_python_requirement_has_a_hash() -> None:
    for lock in (RUNTIME, BUILD, TEST):
        text = lock.read_text()
        for block in re.split(r"\n(?=\S)", text.strip()):
            assert "--hash=sha256:" in block, block


def test_the_locks_agree_with_one_another() -> None:
    test = set(PINNED.findall(TEST.read_text()))
    for lock in (RUNTIME, BUILD):
        assert set(PINNED.findall(lock.read_text())) <= test


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = {name for name, _ in PINNED.findall(RUNTIME.read_text())}
    for requirement in project["dependencies"]:
        name = re.match(r"[A-Za-z0-9._-]+", requirement)
        assert name
        assert name.group().lower() in locked


def test_the_build_uses_the_same_pins_with_and_without_isolation() -> None:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert document["build-system"]["requires"] == document["dependency-groups"]["build"]
    locked = {f"{name}=={version}" for name, version in PINNED.findall(BUILD.read_text())}
    assert set(document["dependency-groups"]["build"]) <= locked


def test_every_client_package_has_a_digest() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert all("integrity" in package for path, package in packages.items() if path)

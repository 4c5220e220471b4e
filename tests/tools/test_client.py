"""The client's build: named by content, compressed once, and light enough for a slow link."""

import gzip
import json
import shutil
from pathlib import Path

import pytest

from tools.client import ROOT, install, run

MARKING_ROOM = 120 * 1024  # bytes gzipped, before the HLS engine
OTHER_ISLAND = 30 * 1024


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project of one island and a stylesheet, with our own build program."""
    install()
    client = tmp_path / "web" / "client"
    (client / "greeting").mkdir(parents=True)
    (client / "styles").mkdir()
    shutil.copy(ROOT / "web" / "client" / "build.mjs", client)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    (client / "greeting" / "index.ts").write_text(
        'import { openDB } from "idb";\n'
        'export async function greet(): Promise<string> { await import("hls.js"); return `${openDB}`; }\n'
    )
    (client / "styles" / "main.scss").write_text("$ink: #123456;\nbody { color: $ink; }\n")
    return tmp_path


def build(project: Path) -> dict[str, str]:
    run(str(project / "web" / "client" / "build.mjs"), root=project)
    manifest: dict[str, str] = json.loads((project / "web" / "static" / "manifest.json").read_text())
    return manifest


def test_the_manifest_names_every_island_and_the_stylesheet(project: Path) -> None:
    manifest = build(project)
    assert sorted(manifest) == ["greeting.js", "main.css"]
    for name in manifest.values():
        built = project / "web" / "static" / name
        assert gzip.decompress(built.with_name(f"{name}.gz").read_bytes()) == built.read_bytes()


def test_a_name_changes_with_the_content_and_the_old_file_goes(project: Path) -> None:
    before = build(project)
    (project / "web" / "client" / "styles" / "main.scss").write_text("body { color: #654321; }\n")
    after = build(project)
    assert after["greeting.js"] == before["greeting.js"]
    assert after["main.css"] != before["main.css"]
    assert not (project / "web" / "static" / before["main.css"]).exists()


def test_what_is_loaded_later_is_not_weighed_with_the_island(project: Path) -> None:
    build(project)
    weight = json.loads((project / "web" / "static" / "weight.json").read_text())
    assert weight["greeting.js"] < OTHER_ISLAND
    assert max(file.stat().st_size for file in (project / "web" / "static").glob("*.js.gz")) > MARKING_ROOM


def test_a_project_without_islands_builds(project: Path) -> None:
    shutil.rmtree(project / "web" / "client" / "greeting")
    shutil.rmtree(project / "web" / "client" / "styles")
    assert build(project) == {}


def test_our_islands_are_light_enough_for_a_slow_link() -> None:
    weight = json.loads((ROOT / "web" / "static" / "weight.json").read_text())
    scripts = {name: size for name, size in weight.items() if name.endswith(".js")}
    heavy = {
        name: size
        for name, size in scripts.items()
        if size > (MARKING_ROOM if name == "marking-room.js" else OTHER_ISLAND)
    }
    assert not heavy

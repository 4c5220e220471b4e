"""A child of the sandbox that does what a broken decoder, or somebody's film, might make it do."""

import json
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

from media.ingest.confine import confine


def misbehave(request: dict[str, Any]) -> dict[str, Any]:
    """Do what the step is called."""
    folder = Path(request["folder"])
    match request["step"]:
        case "wait":
            (folder / "child.pid").write_text(str(os.getpid()))
            time.sleep(3600)
        case "eat":
            bytearray(8 * 1024**3)
        case "spin":
            while True:
                pass
        case "die":
            os.kill(os.getpid(), 9)
        case "babble":
            print("]")  # noqa: T201
        case "fill":
            with (folder / "film").open("wb") as file:
                file.truncate(64 * 1024**3)
        case "hoard":
            return {"opened": len([(folder / str(n)).open("w") for n in range(1000)])}
        case "call":
            with socket.socket() as caller:
                return {"reached": caller.connect_ex(("127.0.0.1", request["port"])) == 0}
    return {"secrets": [name for name in os.environ if name.startswith("OBSERVE_")]}


def main() -> None:
    """Be the child."""
    is_offline = confine(int(sys.argv[1]), int(sys.argv[2]))
    result = misbehave(json.load(sys.stdin))
    print(json.dumps({"result": result | {"is_offline": is_offline}}))  # noqa: T201


if __name__ == "__main__":
    main()

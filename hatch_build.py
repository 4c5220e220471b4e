"""Build the client before the Python package is put together, for editable installs and for wheels."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ClientBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Write web/static; the wheel takes it as an artifact, an editable install finds it in place."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build for a wheel or an editable install; an sdist carries the sources only."""
        if self.target_name != "wheel":
            return
        sys.path.insert(0, self.root)
        try:
            from tools import client
        finally:
            sys.path.remove(self.root)
        client.build(Path(self.root))

"""Build hook: a wheel never leaves without the web UI in it; editable installs skip the step."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebUiHook(BuildHookInterface[Any]):
    """Builds ``gateway/ui/dist`` before a wheel is put together."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - theirs
        """Build for real wheels only: hatchling calls each hook once per target and version."""
        if self.target_name != "wheel" or version == "editable":
            return
        self.app.display_info("building the web UI")
        # As a program: an isolated build has the checkout in a folder, not on its import path.
        builder = Path(self.root, "gateway", "ui", "build.py")
        subprocess.run([sys.executable, str(builder)], check=True)  # noqa: S603 - ours

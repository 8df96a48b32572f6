"""The kernel's IPython shell: whatever IPython has a person do outside the cell is shown in the cell."""

import os
import shutil
import sys
from subprocess import CalledProcessError
from typing import Any

from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.page import display_page

from . import terminal


class Shell(ZMQInteractiveShell):  # type: ignore[misc]
    """A shell without a pager, an editor, a next cell to fill in, or a keyboard for its commands."""

    def payloadpage_page(self, strg: Any, start: int = 0, screen_lines: int = 0, pager_cmd: Any = None) -> None:
        """Show what a pager would, such as the answer to `len?`."""
        display_page(strg, max(start, 0))

    def set_next_input(self, text: str, replace: bool = False) -> None:
        """Show what an editor of notebooks would put into a cell, as `%load` and `%recall` ask for."""
        place = "this cell's place" if replace else "a new cell"
        print(f"[The following would go into {place}; run it as a cell if you want it.]\n{text.rstrip()}")

    def system_piped(self, cmd: str) -> None:
        """Run `!cmd` in a terminal whose output is the cell's.

        Raises:
            OSError: The command asks to be put into the background.
            CalledProcessError: It failed, and `system_raise_on_error` is set.
        """
        if cmd.rstrip().endswith("&"):
            raise OSError("Background processes not supported; start it with subprocess.Popen instead.")
        command = [shutil.which(os.environ.get("SHELL", "sh")) or "/bin/sh", "-c", self.var_expand(cmd, depth=1)]
        code = terminal.run(command, sys.stdout, self.kernel.adopt)
        self.user_ns["_exit_code"] = code
        if getattr(self, "system_raise_on_error", False) and code != 0:
            raise CalledProcessError(code, cmd)

    system = system_piped

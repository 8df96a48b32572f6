"""How a kernel process starts: preload what its host hands it through stdin, then serve as an ordinary ipykernel.

Started by the kernel host as `-m seer_runtime.kernel.main <connection file> <status fd> <working directory>`. Stdin
holds the preload, a JSON dict, and nothing else holds it: it may contain a hidden system prompt, so it is read once, in
a function that returns, and never reaches argv, the environment, a file, the history or a frame that a cell could walk
to. On the status fd goes one line of JSON: `{"ready": true}`, or `{"error": {"type": …, "message": …}}` before the
process ends.
"""

import faulthandler
import json
import os
import sys
import traceback
from typing import Any

from ipykernel import kernelapp
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from traitlets import Type
from traitlets.config import Config

from . import script, threads
from .capture import Capture
from .iopub import BACKLOG, LocalIOPubThread
from .pack import pack
from .shell import Shell
from .streams import Stream

NO_KEYBOARD = (
    "there is no keyboard here, so input() and getpass() cannot be answered; put the value into the code instead"
)


class Kernel(IPythonKernel):  # type: ignore[misc]
    """An IPython kernel without a person in front of it."""

    shell_class = Type(Shell)
    recorder: Any = None
    """Of what the models do in each cell; none where there are no models."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._outbox = self.iopub_thread.outbox
        self._capture = Capture(self._outbox.write)
        Stream.before_write = self._capture.fetch

    async def do_execute(self, *args: Any, **options: Any) -> dict[str, Any]:
        """Run a cell; when it returns, all that the cell has written is on its way."""
        self._capture.begin(self._stdout.parent_header)
        try:
            reply: dict[str, Any] = await super().do_execute(*args, **options)
            for item in reply["payload"]:
                if item["source"] == "edit_magic":
                    print(f"There is no editor here; the file is {item['filename']}", file=sys.stderr)
            return reply
        finally:
            for stream in filter(None, (sys.__stdout__, sys.__stderr__)):
                stream.flush()
            self._capture.end()
            self._outbox.flush_now()

    def finish_metadata(self, parent: Any, metadata: dict[str, Any], reply_content: Any) -> dict[str, Any]:
        """Say beside a cell's verdict what the models did in it."""
        metadata = super().finish_metadata(parent, metadata, reply_content)
        return metadata if self.recorder is None else {**metadata, "ran": self.recorder.take()}

    def adopt(self, fd: int) -> None:
        """Read a descriptor to its end as output of the running cell."""
        self._capture.adopt(fd, "stdout", self._stdout.parent_header)

    def raw_input(self, prompt: str = "") -> str:
        """Refuse at once, so that a cell never waits for an answer that cannot come.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(NO_KEYBOARD)

    def getpass(self, prompt: str = "", stream: object = None) -> str:
        """Refuse at once, like `raw_input`.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(NO_KEYBOARD)


class KernelApp(IPKernelApp):  # type: ignore[misc]
    """The kernel's application, which neither drops a message because its reader is slower nor piles messages up."""

    def init_iopub(self, context: Any) -> None:
        """Create the output channel with a short queue and without TCP."""
        context.sndhwm = BACKLOG
        LocalIOPubThread.address = f"ipc://{self.ip}-fork"
        kernelapp.IOPubThread = LocalIOPubThread
        super().init_iopub(context)
        context.sndhwm = 0


def preloaded() -> dict[str, object]:
    """The variables that the cells start with, loaded as the preload on stdin says."""
    parts = []
    while part := os.read(0, 1 << 20):
        parts.append(part)
    # What a cell starts inherits it, and is to find an end there rather than a pipe to wait on.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    preload: dict[str, Any] = json.loads(b"".join(parts) or b"null") or {}
    variables: dict[str, object] = {}
    if preload.get("models"):
        from ..models.load import load

        variables = load(preload["models"])
        Kernel.recorder = watching(preload, variables)
    if preload.get("target_socket"):
        from ..target import server

        server.start(dict(variables), preload.get("models") or [], preload["target_socket"])
    if preload.get("functions"):
        from ..functions import kernel

        kernel.start(dict(variables), preload.get("models") or [], preload["functions"])
    return variables


def watching(preload: dict[str, Any], variables: dict[str, object]) -> Any:
    """A recorder of what the models will do, with the lists of prompts that it is to know again."""
    from ..record.lists import Lists
    from ..record.recorder import Recorder

    recorder = Recorder(Lists(preload.get("lists") or {}))
    for each in preload["models"]:
        recorder.watch(each["name"], variables[each["name"]], variables.get(each.get("tokenizer_name", "")))
    return recorder


def build(connection_file: str, variables: dict[str, object]) -> KernelApp:
    """Set up a kernel that is bound to its sockets and keeps its history in memory only."""
    ipython_dir = os.path.join(os.path.dirname(connection_file), "ipython")
    os.makedirs(ipython_dir, exist_ok=True)
    config = Config()
    config.IPKernelApp.kernel_class = Kernel
    config.IPKernelApp.outstream_class = f"{Stream.__module__}.{Stream.__name__}"
    config.IPKernelApp.connection_file = connection_file
    config.IPKernelApp.parent_handle = os.getppid()
    config.BaseIPythonApplication.ipython_dir = ipython_dir
    config.InteractiveShellApp.exec_PYTHONSTARTUP = False
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    app: KernelApp = KernelApp.instance(config=config)
    app.initialize(argv=[])
    app.session.pack = pack
    threads.install(app.shell.display_pub)
    script.install()
    if "" not in sys.path:
        sys.path.insert(0, "")
    app.shell.push(variables)
    return app


def start(connection_file: str, status: int, folder: str) -> KernelApp | None:
    """Preload, build, and report on the status fd; none if that failed.

    Imports that the preloading does happen in the host's directory, so that a file of the agent's cannot stand in for a
    library; the cells then run in `folder`.
    """
    try:
        variables = preloaded()
        os.chdir(folder)
        app = build(connection_file, variables)
    except BaseException as error:
        traceback.print_exc()
        report(status, {"error": {"type": type(error).__name__, "message": str(error)}})
        return None
    report(status, {"ready": True})
    return app


def report(status: int, message: dict[str, object]) -> None:
    """Write the one line that the host waits for."""
    with os.fdopen(status, "w") as stream:
        stream.write(json.dumps(message) + "\n")


def main() -> None:
    """Start the kernel that argv describes and serve until it is told to stop."""
    connection_file, status, folder = sys.argv[1:]
    sys.argv[1:] = []
    # `-m` puts the folder there that it starts in, which is no place for libraries.
    if sys.path and sys.path[0] == os.getcwd():
        del sys.path[0]
    os.set_inheritable(int(status), False)
    # A copy: the descriptor itself becomes an output of the cells, and a crash belongs into the log.
    faulthandler.enable(file=os.fdopen(os.dup(2), "w"), all_threads=False)
    app = start(connection_file, int(status), folder)
    if app is None:
        os._exit(1)
    app.start()


if __name__ == "__main__":
    main()

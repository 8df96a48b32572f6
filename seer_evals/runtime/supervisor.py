"""The first process of a `workstation` sandbox: runs commands and opens files there on behalf of the host.

    python -I -S supervisor.py --control FD [--timeout S] [--idle S] [--reap] [--drop]

The host sends, over the control socket (`SOCK_SEQPACKET`, inherited, never a file), one message per request: a single
byte, and as ancillary data a *channel* (a stream socket) followed by the descriptors the request needs (for a command:
the ends of its stdout and stderr that it writes to, those that the host reads, and its stdin if it gets any). The rest
goes over that channel: the request (4-byte length, then JSON) and its answers (JSON lines, a descriptor attached where
one is asked for). A process forked from here serves each request, so that none can hold up another.

The process that serves a command (its *keeper*) adopts the descendants the command orphans. So they can be found when
the command is to be killed, and their output goes on being drained when the command has ended without them.

Standard library only: it runs in sandboxes where nothing is installed. The sandbox ends when this process does.
"""

import argparse
import array
import contextlib
import ctypes
import errno
import gc
import grp
import json
import mmap
import os
import pwd
import resource
import select
import signal
import socket
import stat
import struct
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

EXIT_TIMEOUT = 91
"""Exit status of the supervisor when the sandbox has reached its hard timeout."""
EXIT_IDLE = 92
"""Exit status of the supervisor when no command has run for the idle timeout."""

_PR_SET_DUMPABLE = 4
_PR_SET_NAME = 15
_PR_CAPBSET_DROP = 24
_PR_SET_CHILD_SUBREAPER = 36
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_MAX_FDS = 8
_KILL_SECONDS = 5.0
_DRAIN_BYTES = 1 << 16


def main() -> None:
    """Serve requests until the host closes the control socket or a timeout is reached."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--timeout", type=float, default=0.0)
    parser.add_argument("--idle", type=float, default=0.0)
    parser.add_argument("--reap", action="store_true")
    parser.add_argument("--drop", action="store_true")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o022)
    _prctl(_PR_SET_DUMPABLE, 0)
    if options.drop:
        _keep_only_what_we_have()
    if options.reap:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    control = socket.socket(fileno=options.control)
    os.set_inheritable(control.fileno(), False)
    activity = _Activity()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: _reap())
    _watch_the_clock(options.timeout, options.idle, activity, options.reap)
    gc.freeze()
    control.send(b"ready")
    try:
        _serve(control, activity, options.idle)
    finally:
        _end(0, options.reap)


def _keep_only_what_we_have() -> None:
    """Make sure that no program can regain the capabilities that this process was started without."""
    with open("/proc/self/status") as status:
        held = next(int(line.split()[1], 16) for line in status if line.startswith("CapPrm:"))
    for capability in range(64):
        if not held >> capability & 1:
            _prctl(_PR_CAPBSET_DROP, capability)
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)


class _Activity:
    """When a command last ran, shared by all processes forked from here."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 8)
        self.touch()

    def touch(self) -> None:
        self._shared[:8] = struct.pack("d", time.monotonic())

    def seconds_ago(self) -> float:
        return time.monotonic() - float(struct.unpack("d", self._shared[:8])[0])


def _watch_the_clock(timeout: float, idle: float, activity: _Activity, reap: bool) -> None:
    limits = [seconds for seconds in (timeout, idle) if seconds]
    if not limits:
        return
    started = time.monotonic()

    def check(*_: object) -> None:
        if timeout and time.monotonic() - started >= timeout:
            _end(EXIT_TIMEOUT, reap)
        if idle and activity.seconds_ago() >= idle:
            _end(EXIT_IDLE, reap)

    signal.signal(signal.SIGALRM, check)
    tick = min(1.0, min(limits) / 4)
    signal.setitimer(signal.ITIMER_REAL, tick, tick)


def _end(status: int, reap: bool) -> NoReturn:
    # As the first process of a pid namespace, exiting is enough: the kernel kills the rest.
    if reap:
        kill_tree(os.getpid())
    os._exit(status)


def _serve(control: socket.socket, activity: _Activity, idle: float) -> None:
    while True:
        try:
            message, fds = _receive(control)
        except OSError:
            return
        if not message:
            return
        activity.touch()
        if os.fork() == 0:
            status = 1
            try:
                control.close()
                _handle(fds, activity, idle / 4 if idle else None)
                status = 0
            except EOFError:
                pass
            except Exception as error:
                print(f"request failed: {error!r}", file=sys.stderr, flush=True)
            finally:
                os._exit(status)
        for fd in fds:
            os.close(fd)


def _receive(control: socket.socket) -> tuple[bytes, list[int]]:
    fds = array.array("i")
    space = socket.CMSG_SPACE(_MAX_FDS * fds.itemsize)
    # MSG_CMSG_CLOEXEC (Linux), which the socket module does not name: no command may inherit another one's pipes.
    message, ancillary, _, _ = control.recvmsg(1, space, 0x40000000)
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    return message, list(fds)


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _handle(fds: list[int], activity: _Activity, beat: float | None) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    channel = _Channel(socket.socket(fileno=fds[0]))
    request = channel.request()
    operation = request["op"]
    if operation == "exec":
        _Keeper(channel, fds[1:], activity, beat).run(request)
    elif operation == "kill":
        kill_tree(request["keeper"], itself=True)
        channel.answer({"killed": True})
    else:
        _open_file(channel, request)


class _Channel:
    """The socket that one request and its answers go over."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._connection.setblocking(True)

    def fileno(self) -> int:
        return self._connection.fileno()

    def request(self) -> dict[str, Any]:
        (length,) = struct.unpack("!I", self._read(4))
        request: dict[str, Any] = json.loads(self._read(length))
        return request

    def _read(self, length: int) -> bytes:
        data = bytearray()
        while len(data) < length:
            chunk = self._connection.recv(min(length - len(data), 1 << 20))
            if not chunk:
                raise EOFError("the host has withdrawn its request")
            data += chunk
        return bytes(data)

    def answer(self, answer: Mapping[str, Any], fd: int | None = None) -> None:
        line = json.dumps(answer).encode() + b"\n"
        rights = [] if fd is None else [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", fd))]
        # A host that has stopped listening must not end the keeper: it still has output to drain.
        with contextlib.suppress(OSError):
            self._connection.sendmsg([line], rights)

    def close(self) -> None:
        self._connection.close()


# --- commands -------------------------------------------------------------------------------------------------------


class _Keeper:
    """Runs one command, reports how it ended, and stays with what it left in the background."""

    def __init__(self, channel: _Channel, fds: list[int], activity: _Activity, beat: float | None) -> None:
        self._channel = channel
        output, self._unread, stdin = fds[:2], fds[2:4], fds[4:]
        self._stdio = [*(stdin or [os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)]), *output]
        self._activity = activity
        self._beat = beat

    def run(self, request: Mapping[str, Any]) -> None:
        _prctl(_PR_SET_NAME, b"lab-keeper")
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)
        wake, wakeup = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # Before the command exists: it could stop this process, and would then have to be killed through it.
        self._channel.answer({"keeper": os.getpid()})
        main = self._spawn(request)
        for fd in self._stdio:
            os.close(fd)
        if main is not None:
            self._stay(main, wake)

    def _spawn(self, request: Mapping[str, Any]) -> int | None:
        failed, fail = os.pipe2(os.O_CLOEXEC)
        pid = os.fork()
        if pid == 0:
            try:
                _become(request, self._stdio)
            except BaseException as error:
                os.write(fail, json.dumps(_describe(error)).encode()[:4096])
            finally:
                os._exit(127)
        os.close(fail)
        with open(failed, "rb") as pipe:
            problem = pipe.read()
        if not problem:
            return pid
        os.waitpid(pid, 0)
        self._channel.answer(json.loads(problem))
        return None

    def _stay(self, main: int, wake: int) -> None:
        poll = select.poll()
        poll.register(wake, select.POLLIN)
        poll.register(self._channel.fileno(), select.POLLIN)
        running, listening = True, True
        while True:
            beat = int(self._beat * 1000) if running and self._beat else None
            events = {fd for fd, _ in poll.poll(beat)}
            if running:
                self._activity.touch()
            if wake in events:
                _drain(wake)
            status, children = _collect(main)
            if status is not None:
                running = False
                self._channel.answer({"status": status})
            if listening and self._channel.fileno() in events:
                # The host lets go only after it has the status, or has had the command killed.
                listening = False
                poll.unregister(self._channel.fileno())
                self._channel.close()
                for fd in self._unread:
                    os.set_blocking(fd, False)
                    poll.register(fd, select.POLLIN)
            for fd in [fd for fd in self._unread if fd in events]:
                if not _drain(fd):
                    poll.unregister(fd)
                    self._unread.remove(fd)
                    os.close(fd)
            if not children and not running and not listening:
                return


def _collect(main: int) -> tuple[int | None, bool]:
    """Reap what has ended: the exit status of `main` if it is among it, and whether children are left."""
    status = None
    while True:
        try:
            pid, ended = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status, False
        if pid == 0:
            return status, True
        if pid == main:
            code = os.waitstatus_to_exitcode(ended)
            status = code if code >= 0 else 128 - code


def _drain(fd: int) -> bool:
    """Throw away what can be read; False at the end of the stream."""
    try:
        while chunk := os.read(fd, _DRAIN_BYTES):
            if len(chunk) < _DRAIN_BYTES:
                return True
    except BlockingIOError:
        return True
    return False


class _Refused(Exception):
    """A request that cannot be carried out, in words for the one who asked."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def _become(request: Mapping[str, Any], stdio: list[int]) -> NoReturn:
    os.setsid()
    environment = dict(request["env"])
    for target, fd in enumerate(stdio):
        os.dup2(fd, target)
    identity = _identity(request.get("user"))
    if identity is not None:
        _switch(identity, environment, request.get("explicit", ()))
    try:
        os.chdir(request["cwd"])
    except OSError as error:
        raise _Refused("cwd", f"cannot change to directory {request['cwd']!r}: {error.strerror}") from None
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    command = request["argv"]
    try:
        os.execvpe(command[0], command, environment)
    except OSError as error:
        code = error.errno or errno.EIO
        raise _Refused(_SPAWN_ERRORS.get(code, "failed"), f"{command[0][:200]}: {os.strerror(code)}") from None


_SPAWN_ERRORS = {errno.ENOENT: "missing", errno.ENOTDIR: "missing", errno.EACCES: "permission"}


def _describe(error: BaseException) -> dict[str, Any]:
    kind = error.kind if isinstance(error, _Refused) else "failed"
    return {"error": kind, "message": f"{error}" or type(error).__name__}


def _identity(user: str | None) -> pwd.struct_passwd | None:
    if user is None:
        return None
    try:
        return pwd.getpwuid(int(user)) if user.isdecimal() else pwd.getpwnam(user)
    except KeyError:
        pass
    if user.isdecimal():
        return pwd.struct_passwd((user, "x", int(user), int(user), "", "/", "/bin/sh"))
    raise _Refused("user", f"unable to find user {user}: no such user in the sandbox")


def _switch(identity: pwd.struct_passwd, environment: dict[str, str], explicit: tuple[str, ...]) -> None:
    variables = {"HOME": identity.pw_dir, "USER": identity.pw_name, "LOGNAME": identity.pw_name}
    environment.update({name: value for name, value in variables.items() if name not in explicit})
    if identity.pw_uid == os.getuid():
        return
    os.setgroups([group.gr_gid for group in grp.getgrall() if identity.pw_name in group.gr_mem] + [identity.pw_gid])
    os.setgid(identity.pw_gid)
    os.setuid(identity.pw_uid)


# --- killing --------------------------------------------------------------------------------------------------------


def kill_tree(root: int, itself: bool = False) -> None:
    """Kill all descendants of a process that adopts its orphans, then (with `itself`) the process."""
    deadline = time.monotonic() + _KILL_SECONDS
    while time.monotonic() < deadline:
        victims = list(_descendants(root))
        # Stopping them all first keeps a forking one from outrunning the kill.
        for pid in victims:
            _kill(pid, signal.SIGSTOP)
        for pid in victims:
            _kill(pid, signal.SIGKILL)
        if root == os.getpid():
            _reap()
        if not victims:
            break
        time.sleep(0.002)
    if itself:
        _kill(root, signal.SIGKILL)


def _kill(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _descendants(root: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for pid, parent, state in _processes():
        if state not in "ZX":
            children.setdefault(parent, []).append(pid)
    pending = list(children.get(root, ()))
    while pending:
        pid = pending.pop()
        if pid != os.getpid():
            yield pid
        pending.extend(children.get(pid, ()))


def _processes() -> Iterator[tuple[int, int, str]]:
    for name in os.listdir("/proc"):
        if name.isdecimal():
            with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{name}/stat", "rb") as file:
                # The second field is the name in parentheses, which may itself contain anything.
                state, parent = file.read().rpartition(b") ")[2].split(None, 2)[:2]
                yield int(name), int(parent), state.decode()


# --- files ----------------------------------------------------------------------------------------------------------


def _open_file(channel: _Channel, request: Mapping[str, Any]) -> None:
    opener: Callable[[str], int] = {"read": _open_to_read, "write": _open_to_write}[request["op"]]
    try:
        fd = opener(request["path"])
    except OSError as error:
        channel.answer({"errno": error.errno, "message": os.strerror(error.errno or errno.EIO)})
    except ValueError as error:
        channel.answer({"errno": errno.EINVAL, "message": str(error)})
    else:
        channel.answer({"opened": True}, fd)


def _open_to_read(path: str) -> int:
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    mode = os.fstat(fd).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, path)
    # Root may read anything; that a file is readable by nobody is an answer all the same.
    if not mode & 0o444:
        raise PermissionError(errno.EACCES, path)
    return fd


def _open_to_write(path: str) -> int:
    os.makedirs(os.path.dirname(path) or "/", exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        if not os.stat(path).st_mode & 0o222:
            raise PermissionError(errno.EACCES, path)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY, 0o644)


def _prctl(option: int, value: int | bytes) -> None:
    if sys.platform == "linux":
        _LIBC.prctl(option, value, 0, 0, 0)


_LIBC = ctypes.CDLL(None)


if __name__ == "__main__":
    main()

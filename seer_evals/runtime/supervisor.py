"""The first process of a `workstation` sandbox: runs commands and opens files there on behalf of the host.

    python -I -S supervisor.py --control FD [--timeout S] [--idle S] [--reap] [--drop]

The host sends, over the control socket (`SOCK_SEQPACKET`, inherited, never a file), one message per request: a single
byte, and as ancillary data a *channel* (a stream socket) followed by the descriptors the request needs (for a command:
the ends of its stdout and stderr that it writes to, those that the host reads, and its stdin if it gets any). The rest
goes over that channel: the request (4-byte length, then JSON) and its answers (JSON lines, a descriptor attached where
one is asked for). Processes forked from here serve the requests, so that none can hold up another.

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
_SPARE_WORKERS = 4
_STREAMS = 4


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
    workers = _Workers(control, activity, idle / 4 if idle else None)
    while True:
        try:
            message, fds = _receive(control)
        except OSError:
            return
        if not message:
            return
        activity.touch()
        workers.hand_over(fds)
        for fd in fds:
            os.close(fd)


class _Workers:
    """Processes that serve one request at a time, forked ahead and used again: forking is the slow part."""

    def __init__(self, control: socket.socket, activity: _Activity, beat: float | None) -> None:
        self._control = control
        self._activity = activity
        self._beat = beat
        self._free: list[_Worker] = []
        self._busy: list[_Worker] = []
        self._free.append(self._fork())

    def hand_over(self, fds: list[int]) -> None:
        """Give a request to a worker that has nothing to do, and see that there is one for the next."""
        for worker in [worker for worker in self._busy if worker.is_free()]:
            self._busy.remove(worker)
            self._free.append(worker)
        worker = self._free.pop() if self._free else self._fork()
        while not worker.take(fds):
            worker = self._free.pop() if self._free else self._fork()
        self._busy.append(worker)
        self._busy = [worker for worker in self._busy if not worker.gone]
        while len(self._free) > _SPARE_WORKERS:
            self._free.pop().dismiss()
        if not self._free:
            self._free.append(self._fork())

    def _fork(self) -> "_Worker":
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = os.fork()
        if pid == 0:
            try:
                self._control.close()
                ours.close()
                for worker in (*self._free, *self._busy):
                    worker.dismiss()
                _work(theirs, self._activity, self._beat)
            except Exception as error:
                print(f"a worker failed: {error!r}", file=sys.stderr, flush=True)
            finally:
                os._exit(0)
        theirs.close()
        return _Worker(pid, ours)


class _Worker:
    """One such process, as the supervisor sees it."""

    def __init__(self, pid: int, connection: socket.socket) -> None:
        self._pid = pid
        self._connection = connection
        self.gone = False

    def take(self, fds: list[int]) -> bool:
        """Hand a request over; False if the process is no more."""
        # Whoever runs inside may have stopped it.
        _kill(self._pid, signal.SIGCONT)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))]
        try:
            self._connection.sendmsg([b"r"], rights, socket.MSG_NOSIGNAL)
        except OSError:
            self.dismiss()
            return False
        return True

    def is_free(self) -> bool:
        """Whether the process has finished with what it took."""
        try:
            finished = self._connection.recv(1, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            finished = b""
        if not finished:
            self.dismiss()
        return bool(finished)

    def dismiss(self) -> None:
        """Let the process go; it ends when it has nothing left to do."""
        self.gone = True
        self._connection.close()


def _work(requests: socket.socket, activity: _Activity, beat: float | None) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    keeper = _Keeper(activity, beat)
    while True:
        message, fds = _receive(requests)
        if not message:
            return
        with _Channel(socket.socket(fileno=fds.pop(0))) as channel:
            try:
                _handle(channel, fds, keeper)
            except EOFError:
                pass
            finally:
                for fd in fds:
                    os.close(fd)
        requests.send(b"f", socket.MSG_NOSIGNAL)


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


def _handle(channel: "_Channel", fds: list[int], keeper: "_Keeper") -> None:
    request = channel.request()
    operation = request["op"]
    if operation == "exec":
        keeper.run(request, channel, fds)
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

    def wait_for_the_end(self) -> None:
        with contextlib.suppress(OSError):
            while self._connection.recv(1):
                pass

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> "_Channel":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


# --- commands -------------------------------------------------------------------------------------------------------


class _Keeper:
    """Runs one command, reports how it ended, and stays with what it left in the background."""

    def __init__(self, activity: _Activity, beat: float | None) -> None:
        self._activity = activity
        self._beat = beat
        _prctl(_PR_SET_NAME, b"lab-keeper")
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)
        self._wake, wakeup = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self, request: Mapping[str, Any], channel: _Channel, fds: list[int]) -> None:
        """Serve a command until nothing of it is left; closes those of `fds` it takes out of the list."""
        # Before the command exists: it could stop this process, and would then have to be killed through it.
        channel.answer({"keeper": os.getpid()})
        if len(fds) == _STREAMS:
            fds.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
        out, err, _, _, stdin = fds
        try:
            main = _spawn(request, [stdin, out, err])
        except _Refused as refused:
            channel.answer({"error": refused.kind, "message": str(refused)})
            # Until then the host may still take this process for the one to kill.
            channel.wait_for_the_end()
            return
        for fd in (stdin, out, err):
            fds.remove(fd)
            os.close(fd)
        self._stay(main, channel, fds)

    def _stay(self, main: int, channel: _Channel, unread: list[int]) -> None:
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        poll.register(channel.fileno(), select.POLLIN)
        running, heard = True, channel.fileno()
        while True:
            beat = int(self._beat * 1000) if running and self._beat else None
            events = {fd for fd, _ in poll.poll(beat)}
            if running:
                self._activity.touch()
            if self._wake in events:
                _drain(self._wake)
            status, children = _collect(main)
            if status is not None:
                running = False
                channel.answer({"status": status})
            if heard in events:
                # The host lets go only after it has the status, or has had the command killed.
                poll.unregister(heard)
                heard = -1
                channel.close()
                for fd in unread:
                    os.set_blocking(fd, False)
                    poll.register(fd, select.POLLIN)
            for fd in [fd for fd in unread if fd in events]:
                if not _drain(fd):
                    poll.unregister(fd)
                    unread.remove(fd)
                    os.close(fd)
            if not children and not running and heard < 0:
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


def _spawn(request: Mapping[str, Any], stdio: list[int]) -> int:
    """Start the command of a request in a process group of its own.

    Not in a session: where the kernel groups what it schedules by session, a new one for each command has every command
    wait for its turn among all the others (on a busy machine 18 ms instead of 6).

    Raises:
        _Refused: It cannot be started.
    """
    environment = dict(request["env"])
    identity = _identity(request.get("user"))
    if identity is not None:
        variables = {"HOME": identity.pw_dir, "USER": identity.pw_name, "LOGNAME": identity.pw_name}
        environment.update({name: value for name, value in variables.items() if name not in request["explicit"]})
    if identity is not None and identity.pw_uid != os.getuid():
        return _spawn_as(identity, request, environment, stdio)
    _change_directory(request["cwd"])
    try:
        return _start(request["argv"], environment, stdio)
    finally:
        os.chdir("/")


def _change_directory(path: str) -> None:
    try:
        os.chdir(path)
    except (OSError, ValueError) as error:
        raise _Refused("cwd", f"cannot change to directory {path!r}: {_words(error)}") from None


def _start(argv: list[str], environment: dict[str, str], stdio: list[int]) -> int:
    # posix_spawn, because it does not copy this process as fork does.
    actions = [(os.POSIX_SPAWN_DUP2, fd, target) for target, fd in enumerate(stdio)]
    refusal: OSError = FileNotFoundError(errno.ENOENT, "")
    for path in _candidates(argv[0], environment):
        try:
            return os.posix_spawn(
                path, argv, environment, file_actions=actions, setpgroup=0, setsigmask=(), setsigdef=_SIGNALS
            )
        except ValueError as error:
            raise _Refused("failed", f"{argv[0][:200]!r}: {error}") from None
        except OSError as error:
            # As a shell does: what is there and must not be run says more than what is not there.
            if refusal.errno == errno.ENOENT:
                refusal = error
            if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.EACCES):
                break
    raise _Refused(_SPAWN_ERRORS.get(refusal.errno or 0, "failed"), f"{argv[0][:200]}: {_words(refusal)}")


def _candidates(program: str, environment: Mapping[str, str]) -> Iterator[str]:
    if "/" in program:
        yield program
    elif program:
        for directory in environment.get("PATH", os.defpath).split(":"):
            yield os.path.join(directory, program)


def _words(error: Exception) -> str:
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)


def _spawn_as(
    identity: pwd.struct_passwd, request: Mapping[str, Any], environment: dict[str, str], stdio: list[int]
) -> int:
    """Start a command as another user: in a fork, which gives up its own identity first."""
    failed, fail = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        try:
            _become(identity, request, environment, stdio)
        except Exception as error:
            kind = error.kind if isinstance(error, _Refused) else "failed"
            os.write(fail, json.dumps({"kind": kind, "message": str(error)}).encode()[:4096])
        finally:
            os._exit(127)
    os.close(fail)
    with open(failed, "rb") as pipe:
        problem = pipe.read()
    if not problem:
        return pid
    os.waitpid(pid, 0)
    raise _Refused(**json.loads(problem))


def _become(
    identity: pwd.struct_passwd, request: Mapping[str, Any], environment: dict[str, str], stdio: list[int]
) -> NoReturn:
    os.setpgid(0, 0)
    for target, fd in enumerate(stdio):
        os.dup2(fd, target)
    os.setgroups([group.gr_gid for group in grp.getgrall() if identity.pw_name in group.gr_mem] + [identity.pw_gid])
    os.setgid(identity.pw_gid)
    os.setuid(identity.pw_uid)
    _change_directory(request["cwd"])
    signal.set_wakeup_fd(-1)
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    command = request["argv"]
    try:
        os.execvpe(command[0], command, environment)
    except OSError as error:
        kind = _SPAWN_ERRORS.get(error.errno or 0, "failed")
        raise _Refused(kind, f"{command[0][:200]}: {_words(error)}") from None


_SIGNALS = sorted(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})
_SPAWN_ERRORS = {errno.ENOENT: "missing", errno.ENOTDIR: "missing", errno.EACCES: "permission"}


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
        os.close(fd)


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

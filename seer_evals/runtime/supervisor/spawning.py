"""Starting a command, as this user or as another."""

import errno
import grp
import json
import os
import pwd
import signal
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

_SIGNALS = sorted(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})
_SPAWN_ERRORS = {errno.ENOENT: "missing", errno.ENOTDIR: "missing", errno.EACCES: "permission"}


class Refused(Exception):
    """A request that cannot be carried out, in words for the one who asked."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def spawn(request: Mapping[str, Any], stdio: list[int]) -> int:
    """Start the command of a request in a process group of its own.

    Not in a session: where the kernel groups what it schedules by session, a new one for each command has every command
    wait for its turn among all the others (on a busy machine 18 ms instead of 6).

    Raises:
        Refused: It cannot be started.
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


def _identity(user: str | None) -> pwd.struct_passwd | None:
    if user is None:
        return None
    try:
        return pwd.getpwuid(int(user)) if user.isdecimal() else pwd.getpwnam(user)
    except KeyError:
        pass
    if user.isdecimal():
        return pwd.struct_passwd((user, "x", int(user), int(user), "", "/", "/bin/sh"))
    raise Refused("user", f"unable to find user {user}: no such user in the sandbox")


def _change_directory(path: str) -> None:
    try:
        os.chdir(path)
    except (OSError, ValueError) as error:
        raise Refused("cwd", f"cannot change to directory {path!r}: {_words(error)}") from None


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
            raise Refused("failed", f"{argv[0][:200]!r}: {error}") from None
        except OSError as error:
            # As a shell does: what is there and must not be run says more than what is not there.
            if refusal.errno == errno.ENOENT:
                refusal = error
            if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.EACCES):
                break
    raise Refused(_SPAWN_ERRORS.get(refusal.errno or 0, "failed"), f"{argv[0][:200]}: {_words(refusal)}")


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
            kind = error.kind if isinstance(error, Refused) else "failed"
            os.write(fail, json.dumps({"kind": kind, "message": str(error)}).encode()[:4096])
        finally:
            os._exit(127)
    os.close(fail)
    with open(failed, "rb") as pipe:
        problem = pipe.read()
    if not problem:
        return pid
    os.waitpid(pid, 0)
    raise Refused(**json.loads(problem))


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
        raise Refused(kind, f"{command[0][:200]}: {_words(error)}") from None

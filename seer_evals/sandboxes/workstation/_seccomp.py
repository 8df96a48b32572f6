"""Which system calls a sandbox may not make: a seccomp filter for `bwrap --seccomp`, written without libseccomp.

A list of what is forbidden, not of what is allowed: inside run Python, torch and whatever an agent installs, whose
calls nobody can list. What is forbidden is what leads out (namespaces, mounts, handles), what all sandboxes of a
machine share (keyrings, the kernel's log and clock), and doors into the kernel that no notebook needs.

The numbers are those of Linux's `asm/unistd_64.h` (x86-64) and `asm-generic/unistd.h` (arm64); the program is classic
BPF on `struct seccomp_data`, as in seccomp(2).
"""

import errno
import platform
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""Machines for which there is a filter, and what the kernel calls them."""

# fmt: off
DENIED: tuple[tuple[str, int | None, int | None, str], ...] = (
    ("mount",             165,  40, "what is mounted is what isolates"),
    ("umount2",           166,  39, "uncovers what lies under a mount"),
    ("pivot_root",        155,  41, "exchanges the root for another"),
    ("open_tree",         428, 428, "mount family"),
    ("move_mount",        429, 429, "mount family"),
    ("fsopen",            430, 430, "mount family"),
    ("fsconfig",          431, 431, "mount family"),
    ("fsmount",           432, 432, "mount family"),
    ("fspick",            433, 433, "mount family"),
    ("mount_setattr",     442, 442, "mount family"),
    ("open_tree_attr",    467, 467, "mount family"),
    ("setns",             308, 268, "enters another namespace"),
    ("add_key",           248, 217, "keyrings are the user's, not the sandbox's: shared by all samples"),
    ("request_key",       249, 218, "keyrings"),
    ("keyctl",            250, 219, "keyrings"),
    ("name_to_handle_at", 303, 264, "handles name files beyond the mounts"),
    ("open_by_handle_at", 304, 265, "opens files beyond the mounts"),
    ("fanotify_init",     300, 262, "watches whole file systems"),
    ("quotactl",          179,  60, "quotas of the host's file systems"),
    ("quotactl_fd",       443, 443, "quotas of the host's file systems"),
    ("swapon",            167, 224, "the host's swap"),
    ("swapoff",           168, 225, "the host's swap"),
    ("acct",              163,  89, "the host's accounting"),
    ("reboot",            169, 142, "the host"),
    ("syslog",            103, 116, "the kernel's log tells of the host"),
    ("settimeofday",      164, 170, "the host's clock"),
    ("clock_settime",     227, 112, "the host's clock"),
    ("clock_adjtime",     305, 266, "the host's clock"),
    ("adjtimex",          159, 171, "the host's clock"),
    ("iopl",              172, None, "the machine's ports"),
    ("ioperm",            173, None, "the machine's ports"),
    ("kexec_load",        246, 104, "another kernel"),
    ("kexec_file_load",   320, 294, "another kernel"),
    ("init_module",       175, 105, "code in the kernel"),
    ("finit_module",      313, 273, "code in the kernel"),
    ("delete_module",     176, 106, "code in the kernel"),
    ("bpf",               321, 280, "code in the kernel"),
    ("perf_event_open",   298, 241, "a large door into the kernel, and a look at other processes"),
    ("io_uring_setup",    425, 425, "calls that no filter sees"),
    ("io_uring_enter",    426, 426, "calls that no filter sees"),
    ("io_uring_register", 427, 427, "calls that no filter sees"),
    ("userfaultfd",       323, 282, "stops the kernel in the middle, for races"),
    ("memfd_secret",      447, 447, "memory that nobody can account for"),
    ("process_vm_writev", 311, 271, "writes into other processes"),
    ("vhangup",           153,  58, "the host's terminal"),
)
# fmt: on
"""Call, number on x86-64 and on arm64 (None: there is none), why not. They fail with EPERM."""

_CLONE, _UNSHARE, _CLONE3 = (56, 220), (272, 97), (435, 435)
_SOCKET, _SOCKETPAIR, _PRLIMIT64 = (41, 198), (53, 199), (302, 261)

NEW_NAMESPACES = 0x7E020000
"""CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET: nobody makes a namespace inside."""
NEW_TIME = 0x80
"""CLONE_NEWTIME, of `unshare`; in the flags of `clone` this bit belongs to a signal's number."""

_UNIX, _INET, _INET6, _NETLINK = 1, 2, 10, 16
FAMILIES = (_UNIX, _INET, _INET6, _NETLINK)
"""Address families that are allowed. AF_VSOCK talks to the hypervisor, AF_PACKET to the wire, AF_ALG, AF_XDP and the
rest are doors into the kernel; they fail with EAFNOSUPPORT, as on a kernel without them."""
_SOCK_RAW, _TYPE_MASK = 3, 0xF
_NETLINK_ROUTE = 0
"""Which of the netlink protocols is allowed: the one that tells a program its own network interfaces."""

_LOAD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _JUMP_SET, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _FAIL, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16
_X32 = 0x40000000


@dataclass(frozen=True)
class _Instruction:
    """One of BPF's: jumps are counted in instructions from the next one."""

    code: int
    value: int
    if_true: int = 0
    if_false: int = 0

    def packed(self) -> bytes:
        return struct.pack("=HBBI", self.code, self.if_true, self.if_false, self.value)


class NoFilter(Exception):
    """There is no filter for this machine; the message says why."""


def program(machine: str | None = None) -> bytes:
    """The filter, as `bwrap --seccomp` reads it.

    Args:
        machine: As `platform.machine()` names it; this one by default.

    Raises:
        NoFilter: It is neither x86-64 nor arm64.
    """
    machine = machine or platform.machine()
    if machine not in AUDIT_ARCH:
        raise NoFilter(f"there is no system call filter for {machine}, only for {' and '.join(AUDIT_ARCH)}")
    return b"".join(instruction.packed() for instruction in _program(machine))


def _program(machine: str) -> Iterator[_Instruction]:
    column = list(AUDIT_ARCH).index(machine)
    # A program of another architecture (32 bits, say) has other numbers: none of what follows would hold for it.
    yield _Instruction(_LOAD, _ARCH)
    yield from _unless(_JUMP_EQUAL, AUDIT_ARCH[machine], _KILL_PROCESS)
    yield _Instruction(_LOAD, _NUMBER)
    if machine == "x86_64":
        yield from _if(_JUMP_GREATER_EQUAL, _X32, _fail(errno.EPERM))
    for _, *numbers, _ in DENIED:
        if (number := numbers[column]) is not None:
            yield from _if(_JUMP_EQUAL, int(number), _fail(errno.EPERM))
    # Its flags lie in memory, where no filter can look; libc falls back to `clone`.
    yield from _if(_JUMP_EQUAL, _CLONE3[column], _fail(errno.ENOSYS))
    yield from _when(_CLONE[column], _refuse_bits(NEW_NAMESPACES))
    yield from _when(_UNSHARE[column], _refuse_bits(NEW_NAMESPACES | NEW_TIME))
    for call in (_SOCKET, _SOCKETPAIR):
        yield from _when(call[column], _socket())
    yield from _when(_PRLIMIT64[column], _limits_of_others())
    yield _Instruction(_RETURN, _ALLOW)


def _fail(number: int) -> int:
    return _FAIL | number


def _if(test: int, value: int, result: int) -> list[_Instruction]:
    return [_Instruction(test, value, 0, 1), _Instruction(_RETURN, result)]


def _unless(test: int, value: int, result: int) -> list[_Instruction]:
    return [_Instruction(test, value, 1, 0), _Instruction(_RETURN, result)]


def _when(number: int, body: Sequence[_Instruction]) -> list[_Instruction]:
    """`body`, which ends every path in a verdict, for one system call."""
    return [_Instruction(_JUMP_EQUAL, number, 0, len(body)), *body]


def _argument(index: int, high: bool = False) -> _Instruction:
    # Both architectures are little-endian: the lower half of an argument comes first.
    return _Instruction(_LOAD, _ARGUMENTS + 8 * index + 4 * high)


def _refuse_bits(bits: int) -> list[_Instruction]:
    return [_argument(0), *_if(_JUMP_SET, bits, _fail(errno.EPERM)), _Instruction(_RETURN, _ALLOW)]


def _socket() -> list[_Instruction]:
    """By family; raw sockets of the internet's, and of netlink all protocols but one, are refused as well."""
    allow, unsupported = _Instruction(_RETURN, _ALLOW), _fail(errno.EAFNOSUPPORT)
    raw = [
        _argument(1),
        _Instruction(_AND, _TYPE_MASK),
        *_if(_JUMP_EQUAL, _SOCK_RAW, _fail(errno.EPERM)),
        allow,
    ]
    netlink = [_argument(2), *_unless(_JUMP_EQUAL, _NETLINK_ROUTE, unsupported), allow]
    return [
        _argument(0),
        *_if(_JUMP_EQUAL, _UNIX, _ALLOW),
        _Instruction(_JUMP_EQUAL, _NETLINK, 0, len(netlink)),
        *netlink,
        # Past the two instructions that refuse what is not the other internet family either.
        _Instruction(_JUMP_EQUAL, _INET, 2, 0),
        *_unless(_JUMP_EQUAL, _INET6, unsupported),
        *raw,
    ]


def _limits_of_others() -> list[_Instruction]:
    """Asking for limits is free, and so is setting one's own (process 0); not those of the supervisor."""
    allow = _Instruction(_RETURN, _ALLOW)
    return [
        _argument(0),
        *_if(_JUMP_EQUAL, 0, _ALLOW),
        # The third argument is a pointer to the new limits: null if they are only asked for.
        _argument(2),
        _Instruction(_JUMP_EQUAL, 0, 1, 0),
        _Instruction(_RETURN, _fail(errno.EPERM)),
        _argument(2, high=True),
        *_unless(_JUMP_EQUAL, 0, _fail(errno.EPERM)),
        allow,
    ]

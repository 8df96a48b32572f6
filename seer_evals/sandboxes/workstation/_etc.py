"""A private /etc: what programs need of the host's, without its people, keys and passwords."""

import contextlib
import shutil
from pathlib import Path

SHARED = "/lab/etc"
"""Where the parts of /etc lie that no sandbox changes, and so none needs a copy of."""

_COPIED = (
    "adduser.conf",
    "bash.bashrc",
    "ca-certificates.conf",
    "debian_version",
    "default",
    "deluser.conf",
    "gai.conf",
    "host.conf",
    "inputrc",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "locale.alias",
    "localtime",
    "login.defs",
    "magic",
    "magic.mime",
    "mime.types",
    "networks",
    "nsswitch.conf",
    "os-release",
    "pam.conf",
    "pam.d",
    "profile",
    "profile.d",
    "protocols",
    "rpc",
    "security",
    "services",
    "shells",
    "skel",
    "timezone",
)
_SHARED_PARTS = (
    "alternatives",
    "ca-certificates",
    "fonts",
    "java-*",
    "OpenCL",
    "pki",
    "python3*",
    "ssl",
    "terminfo",
    "vulkan",
    "X11",
    "xdg",
)
_PRIVATE_KEYS = "ssl/private"
_SYSTEM_USERS = 1000
_NOBODY = 65534


def make_etc(target: Path, shared: Path, resolv_conf: bool) -> None:
    """Write a sandbox's /etc to `target`, and what it links to to `shared`, which is mounted at `SHARED`.

    With `resolv_conf`, names on the network can be looked up.
    """
    target.mkdir(mode=0o755)
    shared.mkdir(mode=0o755)
    for name in [*_COPIED, *(["resolv.conf"] if resolv_conf else [])]:
        _copy(Path("/etc") / name, target / name)
    for part in _SHARED_PARTS:
        for source in Path("/etc").glob(part):
            _copy(source, shared / source.name)
            (target / source.name).symlink_to(f"{SHARED}/{source.name}")
    shutil.rmtree(shared / _PRIVATE_KEYS, ignore_errors=True)
    users = _system_entries("passwd")
    _write(target / "passwd", users or ["root:x:0:0:root:/root:/bin/bash"])
    _write(target / "group", _system_entries("group") or ["root:x:0:"])
    _write(target / "shadow", [f"{line.split(':')[0]}:*:19000:0:99999:7:::" for line in users], 0o640)
    _write(target / "gshadow", [f"{line.split(':')[0]}:*::" for line in _system_entries("group")], 0o640)
    for name in ("subuid", "subgid"):
        _write(target / name, [])
    _write(target / "hostname", ["lab"])
    _write(target / "hosts", ["127.0.0.1 localhost lab", "::1 localhost ip6-localhost ip6-loopback"])
    (target / "mtab").symlink_to("../proc/self/mounts")


def _copy(source: Path, target: Path) -> None:
    # The host's own settings may be unreadable to us; the sandbox then does without.
    with contextlib.suppress(OSError, shutil.Error):
        if source.is_symlink() and source.name == "localtime":
            target.symlink_to(source.readlink())
        elif source.is_dir():
            shutil.copytree(source, target, symlinks=True, ignore_dangling_symlinks=True)
        elif source.is_file():
            shutil.copy(source, target)


def _system_entries(name: str) -> list[str]:
    """Lines of passwd or group that belong to the system and not to a person."""
    kept = []
    for line in (Path("/etc") / name).read_text(errors="replace").splitlines():
        fields = line.split(":")
        if len(fields) > 3 and fields[2].isdecimal() and (int(fields[2]) < _SYSTEM_USERS or int(fields[2]) == _NOBODY):
            kept.append(line if name == "passwd" else ":".join([*fields[:3], ""]))
    return kept


def _write(path: Path, lines: list[str], mode: int = 0o644) -> None:
    path.write_text("".join(f"{line}\n" for line in lines))
    path.chmod(mode)

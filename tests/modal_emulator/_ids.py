"""Identifiers in the forms by which the client tells the two back ends apart."""

import secrets
import string

_BASE62 = string.digits + string.ascii_letters
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def object_id(prefix: str) -> str:
    """An identifier of anything but a sandbox or a task: `im-`, `vo-`, `st-`, `ap-`, `mo-`, …"""
    return f"{prefix}-{_random(_BASE62, 22)}"


def sandbox_id(version: int) -> str:
    """V1: `sb-` and 22 base62 characters; everything else is V2 to the client, here 26 as in a ULID."""
    return f"sb-{_random(_BASE62, 22) if version == 1 else _random(_CROCKFORD, 26)}"


def task_id(version: int) -> str:
    """The task of a V2 sandbox ends in `V`; that of a V1 sandbox must not."""
    return f"ta-{_random(_BASE62, 21)}{'0' if version == 1 else 'V'}"

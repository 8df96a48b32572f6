"""Digests: of a file, and of the tensors of a safetensors file whatever its header says besides."""

import hashlib
import json
from pathlib import Path

_CHUNK = 1 << 20


def of_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def of_tensors(path: Path) -> str:
    """SHA-256 over name, dtype, shape and bytes of each tensor, by name: the same whichever release has written them.

    Args:
        path: A safetensors file: eight bytes of length, a JSON header of that length, then the tensors.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        for name, tensor in sorted(header.items()):
            digest.update(f"{name} {tensor['dtype']} {tensor['shape']}\n".encode())
            begin, end = tensor["data_offsets"]
            file.seek(8 + length + begin)
            while begin < end:
                part = file.read(min(_CHUNK, end - begin))
                digest.update(part)
                begin += len(part)
    return digest.hexdigest()

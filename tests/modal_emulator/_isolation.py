"""How a container is made where the emulator runs."""

from ._container import Container, Spec, start_namespaces
from ._laboratory import Laboratory
from ._plain import PlainLaboratory, start_plain


async def start(laboratory: Laboratory, spec: Spec) -> Container:
    """Start a container and return once its entrypoint runs.

    Raises:
        StartError: with what went wrong.
    """
    kind = start_plain if isinstance(laboratory, PlainLaboratory) else start_namespaces
    return await kind(laboratory, spec)

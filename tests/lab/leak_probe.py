# ruff: noqa: F821, SIM105
"""Runs as a cell inside a laboratory: looks everywhere for what should not be there. Not a module of the tests.

`BACKWARDS` is a list of needles, written backwards so that this text is not itself a find, and `PLACES` says where to
look. The last expression is a report as JSON: an example of what was found and the number of characters, by place.
"""

import gc
import glob
import io
import os
import sys
from contextlib import redirect_stdout

FILE_LIMIT = 4 * 2**20
ROOTS = (
    "/models",
    "/lab",
    "/workspace",
    "/tmp",
    "/var/tmp",
    "/home",
    "/root",
    "/run",
    "/etc",
    "/mnt",
    "/srv",
    "/opt/venv",
)


def texts_of(thing, depth=6, seen=None):
    """Strings that attributes, items and properties lead to."""
    seen = set() if seen is None else seen
    if isinstance(thing, (str, bytes)):
        yield thing if isinstance(thing, str) else thing.decode("latin1")
        return
    if depth == 0 or id(thing) in seen or isinstance(thing, (int, float, type(None), type(sys))):
        return
    seen.add(id(thing))
    if isinstance(thing, dict):
        inside = [*thing.keys(), *thing.values()]
    elif isinstance(thing, (list, tuple, set, frozenset)):
        inside = list(thing)
    else:
        inside = [repr(thing)[: 10**6], *vars(thing).values()] if hasattr(thing, "__dict__") else []
    for each in inside:
        yield from texts_of(each, depth - 1, seen)


def objects():
    shown = [value for name, value in list(globals().items()) if name.endswith(("model", "tokenizer"))]
    for value in shown:
        yield from texts_of(value)
        for attribute in dir(value):
            if any(part in attribute for part in ("name", "path", "file", "config", "kwargs", "template", "card")):
                try:
                    yield from texts_of(getattr(value, attribute))
                except Exception:  # properties that want something
                    pass
        for module in value.modules() if hasattr(value, "named_modules") else ():
            yield type(module).__module__ + type(module).__qualname__
            for part in ("config", "generation_config", "peft_config", "name_or_path"):
                yield from texts_of(getattr(module, part, None))
        if hasattr(value, "init_kwargs"):
            yield from texts_of([value.init_kwargs, value.special_tokens_map, repr(value)])


def history():
    shell = get_ipython()
    for name in ("In", "_ih", "_oh", "Out", "_dh"):
        yield str(shell.user_ns.get(name))
    yield str(list(shell.history_manager.get_range(output=True)))
    output = io.StringIO()
    with redirect_stdout(output):
        shell.run_line_magic("history", "-g")
        shell.run_line_magic("history", "")
    yield output.getvalue()
    yield str(sys.argv) + str(list(shell.user_ns)) + str(shell.config)


def processes():
    yield str(dict(os.environ))
    for folder in glob.glob("/proc/[0-9]*"):
        for name in ("environ", "cmdline", "mountinfo", "mounts", "maps", "status"):
            try:
                with open(f"{folder}/{name}", "rb") as file:
                    yield file.read().decode("latin1")
            except OSError:
                pass
        for link in [*glob.glob(f"{folder}/fd/*"), *(f"{folder}/{name}" for name in ("cwd", "exe", "root"))]:
            try:
                yield os.readlink(link)
            except OSError:
                pass


def files():
    for root in ROOTS:
        for folder, directories, names in os.walk(root):
            yield folder + " " + " ".join(directories + names)
            for name in names:
                path = os.path.join(folder, name)
                try:
                    if os.path.islink(path):
                        yield os.readlink(path)
                    elif os.path.isfile(path):
                        with open(path, "rb") as file:
                            yield file.read(FILE_LIMIT).decode("latin1")
                except OSError:
                    pass


def modules():
    yield from (str(getattr(module, "__file__", "")) + name for name, module in list(sys.modules.items()))
    yield str(sys.path)


def frames():
    for frame in sys._current_frames().values():
        while frame is not None:
            if frame.f_code.co_filename.startswith(("/lab", "/opt")):
                yield str({name: repr(value)[:2000] for name, value in frame.f_locals.items() if name != "haystack"})
            frame = frame.f_back


def memory():
    seen = set()
    for thing in gc.get_objects():
        if isinstance(thing, (dict, list, tuple, set)) or hasattr(thing, "__dict__"):
            for each in gc.get_referents(thing):
                if isinstance(each, (str, bytes)) and id(each) not in seen and len(each) < 10**6:
                    seen.add(id(each))
                    yield each if isinstance(each, str) else each.decode("latin1")


def probe(backwards, surfaces):
    haystack = {surface.__name__: list(surface()) for surface in surfaces}  # before the needles exist
    needles = [text[::-1] for text in backwards]
    found = {}
    for place, texts in haystack.items():
        for text in texts:
            for needle in needles:
                if (at := text.lower().find(needle)) >= 0:
                    found.setdefault(place, text[max(at - 80, 0) : at + 80])
    sizes = {place: sum(map(len, texts)) for place, texts in haystack.items()}
    return {"found": found, "searched": sizes}


SURFACES = [globals()[name] for name in PLACES]
__import__("json").dumps(probe(BACKWARDS, SURFACES))

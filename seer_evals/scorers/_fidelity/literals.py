"""Does a cell print what was computed, or numbers that somebody wrote down? Read from the source, never run.

A name is *computed* if anything went into it that no cell made up: a preloaded model, a function of a scoped sandbox;
it is known in which cells. Everything else is *written*, with the numbers that stand in it: literals, and what is made
of them, in any cell.
"""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache

from seer_evals.scorers._fidelity.constants import Effort, NotConstant, TooInvolved, bound, constant, items
from seer_evals.scorers._fidelity.made import GAP, UNKNOWN, WRITTEN, Made, Printed
from seer_evals.scorers._fidelity.numbers import Shown
from seer_evals.scorers._fidelity.syntax import (
    PRINTERS,
    READERS,
    atoms_of,
    base_of,
    bound_in,
    called,
    floats_in,
    parsed,
    reads_data,
)

WRITERS = {"write", "write_text", "writelines", "dump", "save", "savez", "to_csv", "to_json", "save_file"}
FROM_TEXTS = {"exec", "eval", "compile", "__import__"}
"""Functions that run code which stands in no cell."""
CHANGERS = {"append", "appendleft", "extend", "insert", "add", "update", "setdefault"}
HOLDERS = {"dict", "list", "set", "defaultdict", "Counter", "OrderedDict", "deque"}
SHELL = {"get_ipython", "display", "exit", "quit", "In", "Out", "_", "__", "___"}
MOST_ROUNDS = 64
"""Rounds of a loop over written values, with those around it, that are followed one by one."""
_BUILTINS = set(dir(builtins)) | SHELL


def printed_by(sources: Iterable[str], sources_of_computed: Iterable[str] = ()) -> Printed:
    """What the last of several cells prints.

    Args:
        sources: Of the cells, in the order in which they ran; the last is the one that is cited.
        sources_of_computed: Modules whose functions ask a model, such as that of a scoped sandbox.
    """
    return _read(tuple(sources), frozenset(sources_of_computed))


@lru_cache(maxsize=64)  # a cell often shows several figures
def _read(sources: tuple[str, ...], asking: frozenset[str]) -> Printed:
    reader, found = _Reader(asking), Printed()
    try:
        for source in sources:
            found = reader.read(source)
    except TooInvolved:
        return Printed(too_involved=True)
    return found


class _Reader:
    """Follows names through cells."""

    def __init__(self, asking: frozenset[str]) -> None:
        self._names: dict[str, Made] = {}
        self._functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef] = {}
        self._asking = asking
        self._effort = Effort()
        self._rounds_around = 1
        self._cell = -1
        self._kept: Made | None = None
        """Something computed that was written to a file, so that what is read from one may be computed."""
        self._holders: set[str] = set()
        """Names of what may be changed by whoever is handed it."""
        self._given: set[str] = set()
        """Names that no cell made."""
        self._from_texts: set[int] = set()
        self._shown: list[Made] = []
        self._lines: list[str] = []

    def read(self, source: str) -> Printed:
        """Take in a cell."""
        self._cell += 1
        self._shown, self._lines = [], []
        try:
            tree = parsed(source)
            self._block(tree.body, WRITTEN)
            if tree.body and isinstance(last := tree.body[-1], ast.Expr) and not self._prints(last.value):
                self._show([last.value])
        except (SyntaxError, ValueError, RecursionError):
            return Printed()
        cells = frozenset({self._cell}).union(*(each.cells for each in self._shown))
        numbers = {number for each in self._shown for number in each.numbers}
        return Printed(
            computed=any(each.computed for each in self._shown),
            literals=tuple(Shown(each, 12) for each in sorted(numbers)),
            lines=tuple(line for text in self._lines for line in text.splitlines()),
            cells=cells,
            from_texts=cells & self._from_texts,
        )

    # --- statements -------------------------------------------------------------------------------------------------

    def _block(self, body: Iterable[ast.stmt], depends: Made) -> None:
        """Statements, whose being run depends on something."""
        for statement in body:
            self._statement(statement, depends)

    def _statement(self, node: ast.stmt, depends: Made) -> None:
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            self._assign(node, depends)
        elif isinstance(node, ast.Expr):
            self._expression(node.value, depends)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self._names.pop(node.name, None)
            self._functions[node.name] = node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self._import(node)
        elif isinstance(node, ast.For | ast.AsyncFor):
            self._loop(node, depends)
        elif isinstance(node, ast.If | ast.While):
            within = depends | self._made(node.test)
            self._block(node.body, within)
            self._block(node.orelse, within)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                if item.optional_vars is not None:
                    self._bind(item.optional_vars, self._made(item.context_expr), depends)
            self._block(node.body, depends)
        elif isinstance(node, ast.Try):
            for part in (node.body, *(handler.body for handler in node.handlers), node.orelse, node.finalbody):
                self._block(part, depends)
        elif isinstance(node, ast.Match):
            within = depends | self._made(node.subject)
            for case in node.cases:
                self._block(case.body, within)

    def _assign(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, depends: Made) -> None:
        value = node.value
        if isinstance(node, ast.AugAssign):
            left = ast.Name(id=base_of(node.target) or "", ctx=ast.Load())
            value = ast.BinOp(left=left, op=node.op, right=node.value)
        made = self._made(value) if value is not None else WRITTEN
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            self._bind(target, made, depends)
            if isinstance(target, ast.Name) and value is not None and self._holds(value):
                self._holders.add(target.id)

    def _holds(self, node: ast.expr) -> bool:
        """Whether it is a list, a dictionary or an object of the agent's own, which may be filled later on."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return node.func.id in HOLDERS or isinstance(self._functions.get(node.func.id), ast.ClassDef)
        return isinstance(node, ast.Dict | ast.List | ast.Set | ast.ListComp | ast.DictComp)

    def _loop(self, node: ast.For | ast.AsyncFor, depends: Made) -> None:
        over = self._made(node.iter)
        rounds, around = self._rounds(node, over), self._rounds_around
        self._rounds_around = around * len(rounds)
        for each in rounds:
            self._bind(node.target, each, depends)
            self._block(node.body, depends | over if over.computed else depends)
        self._rounds_around = around
        self._block(node.orelse, depends)

    def _rounds(self, node: ast.For | ast.AsyncFor, over: Made) -> list[Made]:
        """What the target is bound to: each of a few written values, or twice what is not known."""
        try:
            values = items(over.value) if over.value is not UNKNOWN else []
            _ = [bound(node.target, each) for each in values]
        except NotConstant:
            values = []
        if 0 < len(values) * self._rounds_around <= MOST_ROUNDS:
            return [Made(numbers=floats_in(each), value=each, label=True) for each in values]
        return [Made(over.computed, cells=over.cells, label=not over.computed)] * 2

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        for each in node.names:
            root = (module or each.name).split(".")[0]
            name = (each.asname or each.name).split(".")[0]
            self._names[name] = Made(computed=True) if root in self._asking else WRITTEN

    def _bind(self, target: ast.expr, made: Made, depends: Made, add: bool = False) -> None:
        if depends.computed:
            made = replace(made | depends, value=UNKNOWN)
        if isinstance(target, ast.Name):
            add = add or (depends.computed and target.id in self._names)
            self._names[target.id] = self._names.get(target.id, WRITTEN) | made if add else made
        elif isinstance(target, ast.Tuple | ast.List):
            for each, part in zip(target.elts, _parts(target, made), strict=True):
                self._bind(each, part, depends)
        elif isinstance(target, ast.Starred):
            self._bind(target.value, replace(made, value=UNKNOWN), depends)
        elif isinstance(target, ast.Subscript) and _is_scope(target.value):
            if isinstance(target.slice, ast.Constant):
                self._bind(ast.Name(id=str(target.slice.value)), made, depends)
        elif (name := base_of(target)) is not None:  # a part of something: an element, an attribute
            self._names[name] = self._names.get(name, WRITTEN) | made

    def _expression(self, node: ast.expr, depends: Made) -> None:
        if not isinstance(node, ast.Call):
            self._made(node)
            return
        made = self._made(node)
        if made.computed and called(node) in WRITERS:
            self._kept = (self._kept or WRITTEN) | made
        if self._prints(node):
            base = [node.func.value] if isinstance(node.func, ast.Attribute) else []
            self._show([*base, *node.args, *(each.value for each in node.keywords)])
        elif isinstance(node.func, ast.Name) and node.func.id in self._functions:
            self._enter(node, depends)
        for each in self._changed(node):
            self._bind(ast.Name(id=each), made, depends, add=True)

    def _changed(self, node: ast.Call) -> list[str]:
        """Names of what a call may have changed: lists and such that it is handed, or of which it is a method."""
        if self._prints(node):
            return []
        handed = [name for each in node.args if (name := base_of(each)) in self._holders]
        owner = base_of(node.func.value) if isinstance(node.func, ast.Attribute) else None
        changes = owner in self._holders or (owner in self._names and called(node) in CHANGERS)
        return [name for name in (*handed, *([owner] if changes else ())) if name is not None]

    def _enter(self, node: ast.Call, depends: Made) -> None:
        """A function that is called for what it does: its statements, with its arguments in their places."""
        assert isinstance(node.func, ast.Name)
        function = self._functions[node.func.id]
        if isinstance(function, ast.ClassDef):
            return
        places = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
        given = dict(zip(places, map(self._made, node.args), strict=False))
        given |= {each.arg: self._made(each.value) for each in node.keywords if each.arg is not None}
        with self._within(node.func.id, {**dict.fromkeys(places, WRITTEN), **given}):
            self._block(function.body, depends)

    @contextmanager
    def _within(self, name: str, own: Mapping[str, Made]) -> Iterator[None]:
        """Inside a function, which is not looked at again there: one that calls itself would be for ever."""
        self._effort.spend(50)
        function, before = self._functions.pop(name), dict(self._names)
        self._names |= own
        try:
            yield
        finally:
            shared = {each for node in ast.walk(function) if isinstance(node, ast.Global) for each in node.names}
            after = {key: made for key, made in self._names.items() if key in shared or key in before}
            local = _stored(function) - shared | set(own)
            self._names = before | {key: made for key, made in after.items() if key not in local}
            self._functions[name] = function

    # --- what is shown ----------------------------------------------------------------------------------------------

    def _show(self, parts: Iterable[ast.expr]) -> None:
        listed = list(parts)
        atoms = [(atom, self._made(atom)) for part in listed for atom in self._atoms(part)]
        beside = any(made.computed for _, made in atoms)
        for atom, made in atoms:
            mixed = made.computed and not isinstance(atom, ast.Name)  # a dict has some numbers written, some computed
            label = made.label and beside
            self._shown.append(replace(made, numbers=frozenset()) if mixed or label else made)
        self._lines.append(" ".join(self._text(part) for part in listed))

    def _atoms(self, part: ast.expr) -> list[ast.expr]:
        return [part] if self._made(part).value is not UNKNOWN else atoms_of(part)

    def _text(self, node: ast.expr) -> str:
        """What is printed of an expression, with `GAP` for what is not known."""
        if isinstance(node, ast.JoinedStr):
            return "".join(self._text(each) for each in node.values)
        if isinstance(node, ast.FormattedValue):
            made = self._made(ast.JoinedStr(values=[node]))
            return str(made.value) if made.value is not UNKNOWN else GAP
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and self._made(node).value is UNKNOWN:
            return self._text(node.left) + self._text(node.right)
        if isinstance(node, ast.Dict) and all(key is not None for key in node.keys):
            pairs = zip(node.keys, node.values, strict=True)
            return "\n".join(f"{self._text(key)}: {self._text(value)}" for key, value in pairs if key is not None)
        value = self._made(node).value
        if isinstance(value, dict):
            return "\n".join(f"{key}: {each}" for key, each in value.items())
        return str(value) if value is not UNKNOWN else GAP

    def _prints(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and called(node) in PRINTERS and called(node) not in self._functions

    # --- expressions ------------------------------------------------------------------------------------------------

    def _made(self, node: ast.AST) -> Made:
        self._effort.spend()
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.expr) and (written := self._constant(node)) is not None:
            return written
        own = bound_in(node)
        before = {name: self._names[name] for name in own if name in self._names}
        if own:
            self._names.update(self._comprehended(node, own))
        made = WRITTEN
        for child in node.values if isinstance(node, ast.Dict) else ast.iter_child_nodes(node):
            made = made | self._made(child)
        if isinstance(node, ast.Call):
            made = self._call(node, made)
        for name in own:
            self._names.pop(name, None)
        self._names.update(before)
        # What was computed carries no number that merely stands beside the computation: a layer, a share, a seed.
        return Made(True, cells=made.cells) if made.computed and not isinstance(node, ast.Dict) else made

    def _call(self, node: ast.Call, made: Made) -> Made:
        """What a call gives, from what went into it."""
        if isinstance(node.func, ast.Name) and node.func.id in FROM_TEXTS - set(self._functions):
            self._from_texts.add(self._cell)
        if called(node) in READERS and (self._kept or reads_data(node)):
            made = made | (self._kept or WRITTEN) | Made(computed=True)
        return made | Made(cells=frozenset({self._cell})) if made.computed else made

    def _constant(self, node: ast.expr) -> Made | None:
        """What is written, if its value can be told."""
        used = [each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)]
        self._effort.spend(len(used) // 8)
        known = {name: self._names[name] for name in used if name in self._names}
        if any(name in self._functions for name in used) or any(each.value is UNKNOWN for each in known.values()):
            return None
        try:
            value = constant(node, {name: each.value for name, each in known.items()}, self._effort)
        except NotConstant:
            return None
        label = any(each.label for each in known.values())
        return Made(numbers=floats_in(value), value=value, label=label)

    def _comprehended(self, node: ast.AST, own: Iterable[str]) -> Mapping[str, Made]:
        made = WRITTEN
        for each in getattr(node, "generators", ()):
            made = made | self._made(each.iter)
        return dict.fromkeys(own, made)

    def _name(self, name: str) -> Made:
        if name in self._names:
            return self._names[name]
        if name in self._functions:
            return self._function(name)
        if name in _BUILTINS or re.fullmatch(r"_i?\d+", name):
            return WRITTEN
        hidden = frozenset() if name in self._given else frozenset(self._from_texts)
        self._given |= set() if self._from_texts else {name}
        return Made(computed=True, cells=hidden)

    def _function(self, name: str) -> Made:
        """A function or class: what it uses beside its own names, as these stand when it is called."""
        self._effort.spend(50)
        node = self._functions.pop(name)  # or one that calls itself would be looked at for ever
        own = _stored(node)
        own |= {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)} | {name}
        own |= {each.name for each in ast.walk(node) if isinstance(each, ast.FunctionDef | ast.ClassDef)}
        made = WRITTEN
        for each in ast.walk(node):
            if isinstance(each, ast.Name) and each.id not in own:
                made = made | self._name(each.id)
            elif isinstance(each, ast.Constant):
                made = made | Made(numbers=floats_in(each.value))
        self._functions[name] = node
        if reads_data(node):
            made = made | Made(computed=True)
        return Made(True, cells=made.cells | {self._cell}) if made.computed else made


def _stored(node: ast.AST) -> set[str]:
    """The names that are bound somewhere within."""
    names = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
    return {each.id for each in names if isinstance(each.ctx, ast.Store)}


def _is_scope(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and called(node) in ("globals", "locals", "vars") and not node.args


def _parts(target: ast.Tuple | ast.List, made: Made) -> list[Made]:
    """What each of several targets is bound to."""
    try:
        values = items(made.value) if made.value is not UNKNOWN else []
    except NotConstant:
        values = []
    if len(values) != len(target.elts) or any(isinstance(each, ast.Starred) for each in target.elts):
        return [replace(made, value=UNKNOWN)] * len(target.elts)
    return [Made(numbers=floats_in(each), value=each, label=made.label) for each in values]

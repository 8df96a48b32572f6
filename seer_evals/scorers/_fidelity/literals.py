"""Does a cell print what was computed, or numbers that somebody wrote down? Read from the source, never run.

A name is *computed* if anything went into it that no cell made up: a preloaded model, a function of a scoped sandbox.
Everything else is *written*, with the numbers that stand in it: literals, and what is made of them, in any cell.
"""

import ast
import builtins
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from seer_evals.scorers._fidelity.numbers import Shown, shown_in

WRITERS = {"write", "write_text", "writelines", "dump", "save", "savez", "to_csv", "to_json", "save_file"}
READERS = {"open", "read", "read_text", "read_bytes", "load", "load_file", "read_csv", "read_json"}
SHELL = {"get_ipython", "display", "exit", "quit", "In", "Out", "_", "__", "___"}
DATA = "study/"
"""Where the data of a study are."""
PRINTERS = {"print", "display", "pprint", "show", "write"}
_BUILTINS = set(dir(builtins)) | SHELL
_MAGIC = re.compile(r"^\s*(?:%%\w+.*|[%!].*)$")


@dataclass(frozen=True)
class Made:
    """What went into a value."""

    computed: bool = False
    numbers: frozenset[float] = frozenset()
    """Those that stand in literals, texts among them."""

    def __or__(self, other: "Made") -> "Made":
        return Made(self.computed or other.computed, self.numbers | other.numbers)


WRITTEN = Made()
COMPUTED = Made(computed=True)


@dataclass(frozen=True)
class Printed:
    """What a cell prints."""

    computed: bool
    """Something among it was computed."""
    literals: tuple[Shown, ...]
    """Numbers that are printed as they were written down."""


def printed_by(sources: Iterable[str], sources_of_computed: Iterable[str] = ()) -> Printed:
    """What the last of several cells prints.

    Args:
        sources: Of the cells, in the order in which they ran; the last is the one that is cited.
        sources_of_computed: Modules whose functions ask a model, such as that of a scoped sandbox.
    """
    reader = _Reader(frozenset(sources_of_computed))
    found = Printed(False, ())
    for source in sources:
        found = reader.read(source)
    return found


class _Reader:
    """Follows names through cells."""

    def __init__(self, asking: frozenset[str]) -> None:
        self._names: dict[str, Made] = {}
        self._functions: dict[str, ast.AST] = {}
        self._asking = asking
        self._kept = False
        """Something computed was written to a file, so that what is read from one may be computed."""
        self._shown: list[tuple[bool, frozenset[float]]] = []

    def read(self, source: str) -> Printed:
        """Take in a cell."""
        try:
            tree = ast.parse("\n".join("" if _MAGIC.match(line) else line for line in _without_magics(source)))
        except (SyntaxError, ValueError, RecursionError):
            return Printed(False, ())
        self._shown = []
        try:
            self._block(tree.body, conditional=False)
            if tree.body and isinstance(last := tree.body[-1], ast.Expr) and not self._prints(last.value):
                self._show([last.value])
        except RecursionError:
            return Printed(False, ())
        numbers = {number for _, each in self._shown for number in each}
        return Printed(any(computed for computed, _ in self._shown), tuple(Shown(each, 12) for each in sorted(numbers)))

    # --- statements -------------------------------------------------------------------------------------------------

    def _block(self, body: Iterable[ast.stmt], conditional: bool) -> None:
        for statement in body:
            self._statement(statement, conditional)

    def _statement(self, node: ast.stmt, conditional: bool) -> None:
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            made = self._made(node.value) if node.value is not None else WRITTEN
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                self._bind(target, made, conditional, add=isinstance(node, ast.AugAssign))
        elif isinstance(node, ast.Expr):
            self._expression(node.value, conditional)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self._names.pop(node.name, None)
            self._functions[node.name] = node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self._import(node)
        elif isinstance(node, ast.For | ast.AsyncFor):
            # What a loop counts is written beside the results in every line: it is no claim about them.
            over = Made(self._made(node.iter).computed)
            for _ in range(2):
                self._bind(node.target, over, conditional)
                self._block(node.body, conditional or over.computed)
            self._block(node.orelse, conditional)
        elif isinstance(node, ast.If | ast.While):
            depends = conditional or self._made(node.test).computed
            self._block(node.body, depends)
            self._block(node.orelse, depends)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                if item.optional_vars is not None:
                    self._bind(item.optional_vars, self._made(item.context_expr), conditional)
            self._block(node.body, conditional)
        elif isinstance(node, ast.Try):
            for part in (node.body, *(handler.body for handler in node.handlers), node.orelse, node.finalbody):
                self._block(part, conditional)
        elif isinstance(node, ast.Match):
            depends = conditional or self._made(node.subject).computed
            for case in node.cases:
                self._block(case.body, depends)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        for each in node.names:
            root = (module or each.name).split(".")[0]
            self._names[(each.asname or each.name).split(".")[0]] = COMPUTED if root in self._asking else WRITTEN

    def _bind(self, target: ast.expr, made: Made, conditional: bool, add: bool = False) -> None:
        made = Made(True, made.numbers) if conditional else made
        if isinstance(target, ast.Name):
            self._names[target.id] = self._names.get(target.id, WRITTEN) | made if add or conditional else made
        elif isinstance(target, ast.Tuple | ast.List):
            for each in target.elts:
                self._bind(each, made, conditional)
        elif isinstance(target, ast.Starred):
            self._bind(target.value, made, conditional)
        elif (name := _base(target)) is not None:  # a part of something: an element, an attribute
            self._names[name] = self._names.get(name, WRITTEN) | made

    def _expression(self, node: ast.expr, conditional: bool) -> None:
        if not isinstance(node, ast.Call):
            return
        made = self._made(node)
        if isinstance(node.func, ast.Attribute):
            self._kept = self._kept or (node.func.attr in WRITERS and made.computed)
            if (name := _base(node.func.value)) in self._names and name is not None:
                self._bind(ast.Name(id=name), made, conditional, add=True)
        if self._prints(node):
            base = [node.func.value] if isinstance(node.func, ast.Attribute) else []
            self._show([*base, *node.args, *(each.value for each in node.keywords)])
        elif isinstance(node.func, ast.Name) and node.func.id in self._functions:
            self._shown.append((made.computed, made.numbers if not made.computed else frozenset()))

    # --- what is shown ----------------------------------------------------------------------------------------------

    def _show(self, parts: Iterable[ast.expr]) -> None:
        for atom in (atom for part in parts for atom in _atoms(part)):
            made = self._made(atom)
            mixed = isinstance(atom, ast.Name)  # a dict in which some numbers were written and some computed
            self._shown.append((made.computed, made.numbers if mixed or not made.computed else frozenset()))

    def _prints(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and _called(node) in PRINTERS and _called(node) not in self._functions

    # --- expressions ------------------------------------------------------------------------------------------------

    def _made(self, node: ast.AST) -> Made:
        if isinstance(node, ast.Constant):
            return Made(numbers=_numbers(node.value))
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.BinOp | ast.UnaryOp) and (value := _folded(node)) is not None:
            return Made(numbers=frozenset({value}))
        bound = _bound_in(node)
        before = {name: self._names[name] for name in bound if name in self._names}
        if bound:
            self._names.update(self._comprehended(node, bound))
        made = WRITTEN
        for child in node.values if isinstance(node, ast.Dict) else ast.iter_child_nodes(node):
            made = made | self._made(child)
        if isinstance(node, ast.Call) and _called(node) in READERS and (self._kept or _reads_data(node)):
            made = COMPUTED
        for name in bound:
            self._names.pop(name, None)
        self._names.update(before)
        # What was computed carries no number that merely stands beside the computation: a layer, a share, a seed.
        return COMPUTED if made.computed and not isinstance(node, ast.Dict) else made

    def _comprehended(self, node: ast.AST, bound: Iterable[str]) -> Mapping[str, Made]:
        made = WRITTEN
        for each in getattr(node, "generators", ()):
            made = made | self._made(each.iter)
        return dict.fromkeys(bound, made)

    def _name(self, name: str) -> Made:
        if name in self._names:
            return self._names[name]
        if name in self._functions:
            return self._function(name)
        return WRITTEN if name in _BUILTINS or re.fullmatch(r"_i?\d+", name) else COMPUTED

    def _function(self, name: str) -> Made:
        """A function or class: what it uses beside its own names, as these stand when it is called."""
        node = self._functions.pop(name)  # or one that calls itself would be looked at for ever
        own = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
        own |= {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)} | {name}
        own |= {each.name for each in ast.walk(node) if isinstance(each, ast.FunctionDef | ast.ClassDef)}
        made = WRITTEN
        for each in ast.walk(node):
            if isinstance(each, ast.Name) and each.id not in own:
                made = made | self._name(each.id)
            elif isinstance(each, ast.Constant):
                made = made | Made(numbers=_numbers(each.value))
        self._functions[name] = node
        return COMPUTED if made.computed or _reads_data(node) else made


def _without_magics(source: str) -> list[str]:
    lines = source.splitlines()
    if lines and re.match(r"\s*%%(?!time|capture|timeit)", lines[0]):
        return []  # another language, or a file that is written
    return [re.sub(r"^(\s*)%time(?:it)?\s+", r"\1", line) for line in lines]


def _reads_data(node: ast.AST) -> bool:
    """Whether something is read from the files of a study, which nobody made up."""
    inside = list(ast.walk(node))
    reads = any(isinstance(each, ast.Call) and _called(each) in READERS for each in inside)
    return reads and any(isinstance(each, ast.Constant) and DATA in str(each.value) for each in inside)


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _base(node: ast.expr) -> str | None:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _atoms(node: ast.expr) -> list[ast.expr]:
    """The parts of what is shown, each of which is shown as it is."""
    if isinstance(node, ast.JoinedStr):
        return [atom for part in node.values for atom in _atoms(part)]
    if isinstance(node, ast.FormattedValue | ast.Starred):
        return _atoms(node.value)
    if isinstance(node, ast.Dict):
        return [atom for part in node.values for atom in _atoms(part)]
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return [atom for part in node.elts for atom in _atoms(part)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod) and _folded(node) is None:
        return [*_atoms(node.left), *_atoms(node.right)]
    if isinstance(node, ast.Call) and _called(node) in ("dumps", "str", "repr", "dict", "list", "DataFrame", "Series"):
        return [atom for part in (*node.args, *(each.value for each in node.keywords)) for atom in _atoms(part)]
    if isinstance(node, ast.Call) and _called(node) in ("format", "join") and isinstance(node.func, ast.Attribute):
        return [atom for part in (node.func.value, *node.args) for atom in _atoms(part)]
    return [node]


def _bound_in(node: ast.AST) -> set[str]:
    """Names that an expression binds for itself."""
    if isinstance(node, ast.Lambda):
        return {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
    targets = [each.target for each in getattr(node, "generators", ())]
    return {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}


def _numbers(value: object) -> frozenset[float]:
    """Those with a decimal point; whole ones stand everywhere, as layers and sizes."""
    if isinstance(value, str):
        return frozenset(each.value for each in shown_in(value[:20_000]) if each.decimals > 0)
    return frozenset({value}) if isinstance(value, float) and abs(value) < 1e300 else frozenset()


def _folded(node: ast.AST) -> float | None:
    """The value of plain arithmetic with written numbers."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return float(node.value) if abs(node.value) < 1e300 else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = _folded(node.operand)
        return None if inner is None else -inner if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.BinOp):
        left, right = _folded(node.left), _folded(node.right)
        if left is None or right is None:
            return None
        try:
            return _ARITHMETIC[type(node.op)](left, right) if type(node.op) in _ARITHMETIC else None
        except (ZeroDivisionError, OverflowError):
            return None
    return None


_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}

"""Six tools for files and commands. Files are confined to the workspace; commands to the sandbox, as all code is."""

from inspect_ai.tool import Tool, ToolError, tool
from inspect_ai.util import ExecResult, SandboxEnvironment

from seer_evals.sandboxes import Layout

MAX_SECONDS = 600


class Workspace:
    """The directory that the tools work in."""

    def __init__(self, sandbox: SandboxEnvironment, layout: Layout) -> None:
        self.sandbox = sandbox
        self.root = layout.workspace

    async def path(self, path: str) -> str:
        """The absolute path of one below the workspace, with links followed.

        Raises:
            ToolError: It leads out of it.
        """
        found = (await self.run(["realpath", "-m", "--", path])).stdout.strip()
        root = (await self.run(["realpath", "-m", "--", "."])).stdout.strip()
        if found != root and not found.startswith(f"{root}/"):
            raise ToolError(f"{path} is outside of the workspace {self.root}; give a path below it")
        return found

    async def run(self, command: list[str], timeout: int = 60) -> ExecResult[str]:
        """Run a command in the workspace.

        Raises:
            ToolError: There is no such program, or it took too long.
        """
        try:
            return await self.sandbox.exec(command, cwd=self.root, timeout=timeout, timeout_retry=False)
        except TimeoutError:
            raise ToolError(f"{command[0]} took longer than {timeout} seconds and was ended") from None
        except (FileNotFoundError, PermissionError) as error:
            raise ToolError(f"{command[0]} cannot be run: {error}") from None

    async def output(self, command: list[str], fine: tuple[int, ...] = (0,)) -> str:
        """What a command prints.

        Raises:
            ToolError: It fails, with what it says.
        """
        result = await self.run(command)
        if result.returncode not in fine:
            raise ToolError(result.stderr.strip() or f"{command[0]} failed with {result.returncode}")
        return result.stdout


def workspace_tools(sandbox: SandboxEnvironment, layout: Layout) -> list[Tool]:
    """`read_file`, `write_file`, `list_dir`, `run_cmd`, `git_diff` and `grep`."""
    place = Workspace(sandbox, layout)
    return [each(place) for each in (read_file, write_file, list_dir, run_cmd, git_diff, grep)]


@tool
def read_file(place: Workspace) -> Tool:
    """Reads lines of a text file."""

    async def execute(path: str, start: int = 1, lines: int = 200) -> str:
        """Read a text file, or part of it.

        Args:
            path: Of the file, below the workspace.
            start: First line to show, counted from 1.
            lines: How many lines to show.
        """
        if start < 1 or lines < 1:
            raise ToolError(f"start and lines count from 1, got {start} and {lines}")
        found = await place.path(path)
        return await place.output(["sed", "-n", f"{start},{start + lines - 1}p", found])

    return execute


@tool
def write_file(place: Workspace) -> Tool:
    """Writes a text file."""

    async def execute(path: str, content: str) -> str:
        """Write a text file; what was there is replaced.

        Args:
            path: Of the file, below the workspace; directories are made as needed.
            content: The whole text.
        """
        found = await place.path(path)
        try:
            await place.sandbox.write_file(found, content)
        except (IsADirectoryError, PermissionError) as error:
            raise ToolError(f"{path} cannot be written: {error}") from None
        return f"wrote {len(content)} characters to {path}"

    return execute


@tool
def list_dir(place: Workspace) -> Tool:
    """Lists a directory."""

    async def execute(path: str = ".") -> str:
        """List a directory.

        Args:
            path: Of the directory, below the workspace.
        """
        return await place.output(["ls", "-lA", "--", await place.path(path)])

    return execute


@tool
def run_cmd(place: Workspace) -> Tool:
    """Runs a program."""

    async def execute(command: list[str], timeout: int = 60) -> str:
        """Run a program in the workspace. There is no shell: no pipes, no wildcards, no variables.

        Args:
            command: The program and its arguments, such as ["python3", "try.py", "--steps", "3"].
            timeout: Seconds after which it is ended, at most 600.
        """
        if not command:
            raise ToolError("command is empty; give the program and its arguments")
        result = await place.run(command, min(max(timeout, 1), MAX_SECONDS))
        parts = [result.stdout, f"(stderr)\n{result.stderr}" if result.stderr else "", f"(exit {result.returncode})"]
        return "\n".join(part for part in parts if part)

    return execute


@tool
def git_diff(place: Workspace) -> Tool:
    """Shows changes in a repository."""

    async def execute(path: str = ".") -> str:
        """Show what was changed in a git repository since its last commit.

        Args:
            path: Of the repository or of a directory in it, below the workspace.
        """
        return await place.output(["git", "-C", await place.path(path), "diff", "HEAD"]) or "nothing was changed"

    return execute


@tool
def grep(place: Workspace) -> Tool:
    """Searches files."""

    async def execute(pattern: str, path: str = ".") -> str:
        """Search text files for a regular expression (POSIX extended); shows file, line and text.

        Args:
            pattern: The expression.
            path: A file or a directory below the workspace.
        """
        command = ["grep", "-rnIE", "-e", pattern, "--", await place.path(path)]
        return await place.output(command, fine=(0, 1)) or "nothing matches"

    return execute

"""A repository at a commit: with its history up to there, and nothing of what came after or where it came from."""

import subprocess
import tempfile
from pathlib import Path

from seer_evals.environment import RepoSpec
from seer_evals.refusal import Refusal

_SECONDS = 900
_QUIET = ("-c", "advice.detachedHead=false", "-c", "protocol.file.allow=always", "-c", "core.logAllRefUpdates=false")


def check_out(repo: RepoSpec, target: Path) -> None:
    """Check a repository out into `target`.

    Raises:
        Refusal: git could not; the message has its words.
    """
    local = Path(repo.clone_url).expanduser()
    source = str(local.resolve()) if local.is_dir() else repo.clone_url
    with tempfile.TemporaryDirectory() as folder:
        # All of it first: not every server hands out a commit by its number.
        mirror = f"{folder}/mirror"
        _git(repo, "clone", "--quiet", "--bare", source, mirror)
        commit = _git(repo, "-C", mirror, "rev-parse", "--verify", f"{repo.commit}^{{commit}}")
        tags = _git(repo, "-C", mirror, "tag", "--merged", commit).split()
        _git(repo, "-C", mirror, "config", "uploadpack.allowAnySHA1InWant", "true")
        target.mkdir(parents=True, exist_ok=True)
        _git(repo, "-C", str(target), "init", "--quiet")
        wanted = [commit, *(f"refs/tags/{tag}:refs/tags/{tag}" for tag in tags)]
        _git(repo, "-C", str(target), "fetch", "--quiet", "--no-tags", mirror, *wanted)
        _git(repo, "-C", str(target), "checkout", "--quiet", "--detach", commit)
    if (target / ".gitmodules").exists():
        update = ("submodule", "--quiet", "update", "--init", "--recursive")
        _git(repo, "-C", str(target), "-c", f"remote.origin.url={source}", *update)
    (target / ".git" / "FETCH_HEAD").unlink(missing_ok=True)


def _git(repo: RepoSpec, *arguments: str) -> str:
    command = ["git", *_QUIET, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Refusal(f"repository {repo.url!r}: git did not run ({error}); install it or try again") from error
    if done.returncode != 0:
        raise Refusal(
            f"repository {repo.url!r} at {repo.commit!r} could not be prepared: {done.stderr.strip()[-800:]}\n"
            "Check the url and the commit, that this machine reaches it, and that git can log in without asking."
        )
    return done.stdout.strip()

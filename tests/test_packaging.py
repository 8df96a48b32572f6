"""What is installed has everything that is needed at run time."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from seer_evals.lab import find_skills

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(source)], check=True)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([*build, str(source)], check=True)
    (path,) = folder.glob("seer_evals-*.whl")
    return set(zipfile.ZipFile(path).namelist())


@pytest.mark.parametrize("pattern", ["**/*.py", "**/*.md", "**/*.txt", "**/*.safetensors", "py.typed"])
def test_the_wheel_has_every_file_of_the_package(wheel: set[str], pattern: str) -> None:
    listed = subprocess.run(["git", "ls-files", "seer_evals"], cwd=ROOT, capture_output=True, text=True, check=True)
    tracked = {Path(line) for line in listed.stdout.splitlines()}
    wanted = {str(path.relative_to(ROOT)) for path in (ROOT / "seer_evals").glob(pattern)} & set(map(str, tracked))
    assert wanted and wanted <= wheel


def test_the_entry_point_has_the_name_of_the_package(wheel: set[str]) -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '[project.entry-points.inspect_ai]\nseer_evals = "seer_evals._registry"' in text
    assert any(name.endswith("entry_points.txt") for name in wheel)


@pytest.mark.slow
@pytest.mark.parametrize(
    "module",
    ["anthropic", "modal", "nbformat", "openai", "pandas", "pyarrow", "peft", "transformers", "accelerate",
     "safetensors", "jupyter_client", "ipykernel", "matplotlib", "nnsight"],
)  # fmt: skip
def test_every_dependency_can_be_imported_in_the_tested_set(module: str) -> None:
    done = subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-500:]


def test_what_only_one_skill_uses_comes_with_an_extra_and_with_the_tools_of_the_tests() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    (skill,) = find_skills(["nnsight"])
    assert list(skill.packages) == extras["nnsight"] and set(extras["nnsight"]) <= set(extras["dev"])
    assert not any(each.startswith("nnsight") for each in extras["local"])

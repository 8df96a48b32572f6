"""The Python environment inside: everything this process has, except this package and where it lies."""

import sys
from pathlib import Path

import pytest
from workstation_support import running, sh

import seer_evals
from seer_evals.environment import Environment
from seer_evals.sandboxes.workstation import WorkstationSandbox, _python, _template

REPOSITORY = Path(seer_evals.__file__).resolve().parents[1]


async def test_the_packages_are_there_under_neutral_paths(sandbox: WorkstationSandbox) -> None:
    said = await sh(
        sandbox, "python3 -c 'import sys, numpy; print(sys.prefix, numpy.__file__)'; which python; pip --version"
    )
    assert said.startswith("/opt/venv /opt/site/numpy/__init__.py\n/opt/venv/bin/python\npip ")
    assert str(Path(sys.prefix)) not in said


async def test_the_runtime_is_there_and_the_suite_is_not(sandbox: WorkstationSandbox) -> None:
    runtime = sandbox.layout.runtime
    assert "ok" in await sh(
        sandbox, f"PYTHONPATH={runtime} {sandbox.layout.python} -c 'import seer_runtime; print(\"ok\")'"
    )
    assert "ModuleNotFoundError" in await sh(sandbox, "python -c 'import seer_evals.environment'")


async def test_a_kernel_runs_inside(sandbox: WorkstationSandbox) -> None:
    script = (
        "from jupyter_client.manager import start_new_kernel\n"
        "manager, client = start_new_kernel(kernel_name='python3')\n"
        "print(client.execute_interactive('21 * 2', timeout=20)['content']['status'])\n"
        "manager.shutdown_kernel(now=True)\n"
    )
    result = await sandbox.exec(["python", "-c", script], timeout=60)
    assert result.stdout.endswith("ok\n"), result.stderr


def install_editable(site: Path) -> None:
    (site / "__editable__.seer_evals-0.1.0.pth").write_text("import __editable___seer_evals_0_1_0_finder; ...")
    (site / "__editable___seer_evals_0_1_0_finder.py").write_text(f"MAPPING = {{'seer_evals': '{REPOSITORY}'}}")
    (site / "seer_evals-0.1.0.dist-info").mkdir()
    (site / "seer_evals-0.1.0.dist-info" / "direct_url.json").write_text(f'{{"url": "file://{REPOSITORY}"}}')
    (site / "__pycache__").mkdir()
    (site / "__pycache__" / "__editable___seer_evals_0_1_0_finder.cpython-311.pyc").write_text(str(REPOSITORY))


def install_path_file(site: Path) -> None:
    (site / "easy-install.pth").write_text(f"{REPOSITORY}\n")


def install_package(site: Path) -> None:
    (site / "seer_evals" / "organisms").mkdir(parents=True)
    (site / "seer_evals" / "__init__.py").write_text("")
    (site / "seer_evals" / "organisms" / "registry.py").write_text(f"TRUTH = '{REPOSITORY}'")
    (site / "seer_evals-0.1.0.dist-info").mkdir()
    (site / "seer_evals-0.1.0.dist-info" / "RECORD").write_text(f"{REPOSITORY}")


@pytest.mark.parametrize("install", [install_editable, install_path_file, install_package])
async def test_the_suite_is_masked_however_it_is_installed(
    install: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site-packages"
    site.mkdir()
    (site / "harmless.py").write_text("x = 'harmless'")
    install(site)  # type: ignore[operator]
    monkeypatch.setattr(_python, "_site_directories", lambda: [site])
    monkeypatch.setattr(_template, "_templates", {})
    async with running(Environment(env=(("INSTALL", str(install)),))) as sandbox:
        assert await sh(sandbox, "python -c 'import harmless; print(harmless.x)'") == "harmless\n"
        assert await sh(sandbox, f"grep -r {REPOSITORY} /opt/site /opt/venv/lib") == ""
        said = await sh(
            sandbox, "python -c 'import seer_evals.organisms'; cat /opt/site/seer_evals/organisms/registry.py"
        )
        assert "ModuleNotFoundError" in said and "TRUTH" not in said
        listed = (
            "from importlib.metadata import distributions\nfor d in distributions(): print(d.metadata['Name'].lower())"
        )
        assert (await sandbox.exec(["python", "-c", listed])).success
        await _template.forget(Environment())


def test_scripts_of_the_environment_run_the_interpreter_inside(tmp_path: Path) -> None:
    _python._make_scripts(tmp_path / "bin", "/opt/python", "python3.11")
    pip = (tmp_path / "bin" / "pip").read_text()
    assert pip.startswith("#!/opt/venv/bin/python\n")
    assert not (tmp_path / "bin" / "seer").exists() and not (tmp_path / "bin" / "activate").exists()

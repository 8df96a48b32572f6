"""Images: recorded, and built where that is harmless."""

from pathlib import Path

import modal
import pytest

from tests.modal.conftest import run
from tests.modal_emulator import Emulator, faults


def test_commands_are_run_and_packages_recorded(app: modal.App, modal_emulator: Emulator) -> None:
    image = (
        modal.Image.debian_slim()
        .apt_install("no-such-package")
        .pip_install("no-such-distribution")
        .run_commands("mkdir /made && echo $COLOUR > /made/colour", env={"COLOUR": "red"})
        .env({"MODE": "test"})
        .workdir("/made")
    )
    image.build(app)
    sandbox = modal.Sandbox.create(app=app, image=image)
    assert run(sandbox, "sh", "-c", "pwd; cat colour; echo $MODE")[1] == "/made\nred\ntest\n"
    steps = modal_emulator.image_steps(image.object_id)
    assert any("no-such-package" in step for step in steps) and any("no-such-distribution" in step for step in steps)


def test_same_definition_is_built_once(app: modal.App, modal_emulator: Emulator) -> None:
    def build() -> str:
        image = modal.Image.debian_slim().run_commands("echo $RANDOM$(date +%N) > /when")
        image.build(app)
        return str(image.object_id)

    assert build() == build()
    assert modal_emulator.calls["ImageJoinStreaming"] == 2  # the base and the step, once each


def test_local_files_are_mounted_or_copied(app: modal.App, tmp_path: Path) -> None:
    (tmp_path / "tree" / "deep").mkdir(parents=True)
    (tmp_path / "tree" / "deep" / "leaf").write_text("leaf")
    (tmp_path / "big").write_bytes(b"x" * (5 << 20))
    image = (
        modal.Image.debian_slim()
        .add_local_file(tmp_path / "big", "/srv/big", copy=True)
        .run_commands("wc -c < /srv/big > /srv/size")
        .add_local_dir(tmp_path / "tree", "/srv/tree")
    )
    sandbox = modal.Sandbox.create(app=app, image=image)
    assert run(sandbox, "sh", "-c", "cat /srv/size; cat /srv/tree/deep/leaf")[1] == f"{5 << 20}\nleaf"


def test_dockerfile_with_context(app: modal.App, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.txt").write_text("a")
    (tmp_path / "one.txt").write_text("1")
    (tmp_path / "Dockerfile").write_text(
        '# comment\nFROM python:3.12\nARG WHO=world\nENV GREETING="hello ${WHO}" OTHER=x\n'
        "WORKDIR /app\nCOPY src/ ./src/\nCOPY one.txt .\n"
        "RUN apt-get update && \\\n    apt-get install -y nothing\nRUN cat src/a.txt one.txt > both\n"
        'CMD ["sh", "-c", "cat both; echo $GREETING"]\n'
    )
    image = modal.Image.from_dockerfile(tmp_path / "Dockerfile", context_dir=tmp_path, build_args={"WHO": "you"})
    sandbox = modal.Sandbox.create(app=app, image=image)
    sandbox.wait()
    assert sandbox.stdout.read() == "a1hello you\n"


def test_failing_step_is_a_build_error_with_its_output(app: modal.App, modal_emulator: Emulator) -> None:
    with pytest.raises(modal.exception.RemoteError, match="wrong in here"):
        modal.Image.debian_slim().run_commands("echo wrong in here >&2; exit 4").build(app)
    modal_emulator.faults.add(faults.BuildFails(step="numpyy", message="no matching distribution"))
    with pytest.raises(modal.exception.RemoteError, match="no matching distribution"):
        modal.Image.debian_slim().pip_install("numpyy").build(app)
    modal.Image.debian_slim().pip_install("numpyy").build(app)

"""Transcripts of audits with scores that people gave them, from files."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from inspect_ai.log import read_eval_log, read_eval_log_sample
from inspect_ai.util import Store
from pydantic import Field, ValidationError, model_validator

from seer_evals.analysis.logs import NoLog, reading
from seer_evals.audits import SEED_KEY, AuditRecord, load_audit
from seer_evals.frozen import Frozen
from seer_evals.scorers.audit import Brief

SUFFIXES = (".yaml", ".yml", ".json", ".jsonl")

Scores = Annotated[Mapping[str, float], Field(min_length=1)]


class Labelled(Frozen):
    """One transcript, and what people gave it."""

    id: str = Field(min_length=1)
    record: AuditRecord | None = Field(default=None, description="the audit itself")
    log: str | None = Field(default=None, description="in its place `FILE.eval#SAMPLE`, from the folder of this file")
    seed: Brief = Field(default=Brief(), description="`title` and `counts` of the seed")
    labels: Mapping[str, Scores] = Field(min_length=1, description="dimension -> who labelled it -> score")
    note: str = Field(default="", description="why; for readers, not for the judge")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.record is None) == (self.log is None):
            raise ValueError("give either `record` or `log`")
        return self

    @property
    def audit(self) -> AuditRecord:
        """The audit; it is there once `read_labels` has read the log."""
        assert self.record is not None
        return self.record


def read_labels(path: str | Path) -> list[Labelled]:
    """Read labelled transcripts.

    Args:
        path: A YAML or JSON file with one of them or a list, a JSONL file with one per line, or a folder of such files.

    Raises:
        FileNotFoundError: There is no such file, or no labels in the folder.
        ValueError: Something in it is malformed; the message says where.
    """
    files = _files(Path(path).expanduser())
    found = [_read(entry, where, file) for file in files for where, entry in _entries(file)]
    ids = [each.id for each in found]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise ValueError(f"{path}: the id {twice[0]!r} is there {ids.count(twice[0])} times; rename all but one")
    return found


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = sorted(file for file in path.glob("*") if file.suffix in SUFFIXES) if path.is_dir() else []
    if not found:
        raise FileNotFoundError(
            f"no labels at {path}: give a file ({', '.join(SUFFIXES)}) or a folder of them; "
            "the set that comes with the package, seer_evals/audits/labelled, shows the format"
        )
    return found


def _entries(file: Path) -> Iterator[tuple[str, Any]]:
    """What a file holds, each with where it stands."""
    text = file.read_text(encoding="utf-8")
    try:
        if file.suffix == ".jsonl":
            for number, line in enumerate(text.splitlines(), start=1):
                if line.strip():
                    yield f"{file}, line {number}", json.loads(line)
            return
        content = yaml.safe_load(text)
    except (yaml.YAMLError, json.JSONDecodeError) as error:
        raise ValueError(f"{file} cannot be read: {error}") from error
    listed = content if isinstance(content, list) else [content]
    for number, entry in enumerate(listed, start=1):
        yield f"{file}, entry {number}", entry


def _read(entry: Any, where: str, file: Path) -> Labelled:
    try:
        found = Labelled.model_validate(entry)
    except ValidationError as error:
        problems = "\n".join(
            f"- {'.'.join(map(str, each['loc'])) or 'entry'}: {each['msg']}" for each in error.errors()
        )
        raise ValueError(f"{where}, is no labelled transcript:\n{problems}") from error
    return found if found.log is None else _from_log(found, found.log, file.parent, where)


def _from_log(labelled: Labelled, log: str, folder: Path, where: str) -> Labelled:
    name, _, sample_id = log.partition("#")
    if not sample_id:
        raise ValueError(f"{where}: `log: {log}` names no sample; write `FILE.eval#SAMPLE`")
    try:
        location = str(folder / Path(name).expanduser())
        with reading(location):
            read_eval_log(location, header_only=True)
            sample = read_eval_log_sample(location, id=sample_id)
    except (IndexError, FileNotFoundError, NoLog) as error:
        raise ValueError(f"{where}: `log: {log}` cannot be read: {error}") from error
    record = load_audit(Store(sample.store))
    if record is None:
        raise ValueError(f"{where}: sample {sample_id!r} of {name} holds no audit")
    seed = sample.metadata.get(SEED_KEY)
    brief = labelled.seed if "seed" in labelled.model_fields_set or not isinstance(seed, dict) else Brief(**seed)
    return labelled.model_copy(update={"record": record, "seed": brief})

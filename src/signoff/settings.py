"""The settings of server, worker and command line, read by the composition root alone.

They come from `[tool.signoff]` in the nearest pyproject.toml that has it, or from a signoff.toml beside
or above the working directory; a variable such as `SIGNOFF_PORT` overrides them.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from signoff.domain.duration import Duration
from signoff.domain.errors import SettingsInvalid
from signoff.domain.ids import DEFAULT_WORKSPACE, WorkspaceId
from signoff.domain.openid import OidcSettings
from signoff.domain.value import Value

PREFIX = "SIGNOFF_"
_SQLITE = "sqlite:///"


_PLACE = r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$"


class GraphSettings(Value):
    """One graph that server, worker and command line find by its name."""

    factory: str = Field(pattern=_PLACE)
    """`module:build`, called with a desk under `policy`; returns the compiled graph."""
    inputs: str | None = Field(default=None, pattern=_PLACE)
    """`module:inputs`, which makes runs of files and options of `signoff run`; see `signoff.cli.batch`."""
    policy: Path
    """The policy file; relative to the settings file."""
    path: Path = Path()
    """Where `factory` is imported from; relative to the settings file."""


class Settings(BaseSettings):
    """Every setting with its default."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", validate_default=False)

    database: str = f"{_SQLITE}.signoff/signoff.db"
    """`sqlite:///file.db`, relative to the settings file, or `postgresql://…`."""
    workspace: WorkspaceId = DEFAULT_WORKSPACE
    host: str = "127.0.0.1"
    port: int = Field(default=8484, ge=0, le=65535)
    """0 takes any free port."""
    base_url: str | None = Field(default=None, pattern=r"^https?://[^/\s]+(/[^\s]*)?$")
    """Where people reach the pages, when that is not `host:port`."""
    title: str = "Signoff"
    graphs: dict[str, GraphSettings] = Field(default_factory=dict)
    slots: int = Field(default=2, ge=1, le=64)
    """Threads of graphs that one worker drives at a time."""
    lease: Duration = timedelta(seconds=30)
    """How long a started effect or a driven thread stays claimed without a heartbeat."""
    sweep_every: Duration = timedelta(seconds=2)
    """How often a worker looks for what time alone brings."""
    reconcile_every: Duration = timedelta(minutes=1)
    """How often a worker compares paused threads with their reviews."""
    secure_cookies: bool | None = None
    """None: when `base_url` is https."""
    session_hours: float = Field(default=12, gt=0)
    show_state: bool = True
    """Whether the run view shows the values of a thread's state to those who may read runs."""
    keep_snapshots: Duration = timedelta(days=30)
    """How long after it was last driven the state of a thread is kept for the run view."""
    keep_content: Duration | None = None
    """How long after its end everything that a thread said is kept: arguments, drafts, answers, reasons and
    checkpoints. Without it nothing is erased by itself."""
    oidc: OidcSettings | None = None
    """An OpenID provider by which people sign in; needs the extra `oidc`."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("lease", "sweep_every", "reconcile_every")
    @classmethod
    def _is_some_time(cls, value: timedelta) -> timedelta:
        if value < timedelta(milliseconds=100):
            raise ValueError("must be at least 100ms")
        return value

    @property
    def address(self) -> str:
        """Where people reach the pages."""
        return self.base_url or f"http://{self.host}:{self.port}"


def read_settings(file: Path | None = None, start: Path | None = None, **given: Any) -> Settings:
    """The settings in force.

    Args:
        file: the settings file; without it the nearest one at or above `start` is taken.
        start: where to look from; the working directory by default.
        given: values that override file and environment, such as options of a command; None is ignored.

    Raises:
        SettingsInvalid: naming file or variable, and key.
    """
    if file is not None and not file.is_file():
        raise SettingsInvalid(f"{file}: there is no such file.")
    found = file or nearest_file((start or Path.cwd()).resolve())
    data = {} if found is None else _resolved(_table(found), found.resolve().parent)

    class Found(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings hands it over
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, InitSettingsSource(settings_cls, data)

    wanted = {name: value for name, value in given.items() if value is not None}
    try:
        return Found(**wanted)
    except ValidationError as error:
        raise SettingsInvalid("\n".join(_faults(error, found, wanted))) from error
    except SettingsError as error:
        raise SettingsInvalid(f"environment: {error}.") from error


def nearest_file(start: Path) -> Path | None:
    """The settings file that holds for `start`."""
    for directory in (start, *start.parents):
        own = directory / "signoff.toml"
        if own.is_file():
            return own
        project = directory / "pyproject.toml"
        if project.is_file() and "signoff" in _parsed(project).get("tool", {}):
            return project
    return None


def _parsed(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsInvalid(f"{file}: {error}.") from error


def _table(file: Path) -> dict[str, Any]:
    data = _parsed(file)
    if file.name == "pyproject.toml":
        data = data.get("tool", {}).get("signoff", {})
    if not isinstance(data, dict):
        raise SettingsInvalid(f"{file}: [tool.signoff] must be a table.")
    return data


def _resolved(data: dict[str, Any], home: Path) -> dict[str, Any]:
    """The data of a file with its paths counted from the file's directory."""
    graphs = data.get("graphs", {})
    if isinstance(graphs, dict):
        graphs = {name: _resolved_graph(entry, home) for name, entry in graphs.items()}
    database = data.get("database", Settings.model_fields["database"].default)
    if isinstance(database, str) and database.startswith(_SQLITE):
        database = _SQLITE + str(home / database.removeprefix(_SQLITE))
    return {**data, "graphs": graphs, "database": database}


def _resolved_graph(entry: Any, home: Path) -> Any:
    if not isinstance(entry, dict):
        return entry
    paths = {
        key: str(home / value)
        for key in ("policy", "path")
        if isinstance(value := entry.get(key, "." if key == "path" else None), str)
    }
    return {**entry, **paths}


def _faults(error: ValidationError, file: Path | None, given: dict[str, Any]) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False):
        key = ".".join(str(step) for step in fault["loc"])
        top = str(fault["loc"][0]) if fault["loc"] else ""
        variable = f"{PREFIX}{top.upper()}"
        if top in given:
            where = f"--{top.replace('_', '-')}"
        elif variable in os.environ:
            where = variable
        else:
            section = " [tool.signoff]" if file is not None and file.name == "pyproject.toml" else ""
            where = f"{file or 'settings'}:{section} {key}"
        message = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            known = ", ".join(
                GraphSettings.model_fields if key.startswith("graphs.") else Settings.model_fields
            )
            message = f"there is no such setting; there are {known}"
        yield f"{where}: {message[:1].lower()}{message[1:]}."

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from signoff.domain.errors import SettingsInvalid
from signoff.settings import Settings, read_settings


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_without_a_file_everything_has_its_default(empty: Path) -> None:
    settings = read_settings(start=empty)
    assert settings.model_dump() == Settings().model_dump()
    assert settings.database == "sqlite:///.signoff/signoff.db"
    assert settings.address == "http://127.0.0.1:8484"


def test_the_nearest_file_with_our_table_holds(empty: Path) -> None:
    write(empty / "pyproject.toml", "[tool.signoff]\nport = 9001\n")
    inner = empty / "a" / "b"
    write(inner / "pyproject.toml", "[tool.other]\nport = 1\n")
    assert read_settings(start=inner).port == 9001
    write(empty / "a" / "signoff.toml", "port = 9002\n")
    assert read_settings(start=inner).port == 9002


def test_paths_count_from_the_file(empty: Path) -> None:
    file = write(
        empty / "pyproject.toml",
        '[tool.signoff]\ndatabase = "sqlite:///data/x.db"\n'
        '[tool.signoff.graphs]\nmailer = {factory = "a.b:build", policy = "p.yaml"}\n',
    )
    settings = read_settings(file, start=Path("/"))
    assert settings.database == f"sqlite:///{empty}/data/x.db"
    assert settings.graphs["mailer"].policy == empty / "p.yaml"
    assert settings.graphs["mailer"].path == empty


def test_environment_beats_file_and_options_beat_both(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(empty / "signoff.toml", 'port = 9001\nhost = "::1"\nlease = "45s"\n')
    monkeypatch.setenv("SIGNOFF_PORT", "9002")
    assert read_settings(start=empty).port == 9002
    settings = read_settings(start=empty, port=9003, host=None)
    assert (settings.port, settings.host, settings.lease) == (9003, "::1", timedelta(seconds=45))


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("prot = 1\n", "prot", "there is no such setting"),
        ("port = 99999\n", "port", "less than or equal to 65535"),
        ("lease = 30\n", "lease", "is not a duration"),
        ('lease = "1ms"\n', "lease", "at least 100ms"),
        ('[graphs.g]\nfactory = "nothing"\npolicy = "p"\n', "graphs.g.factory", "match pattern"),
        ('[graphs.g]\nfactory = "a:b"\n', "graphs.g.policy", "required"),
        ('[graphs.g]\nfactory = "a:b"\npolicy = "p"\npolcy = "p"\n', "graphs.g.polcy", "there are factory"),
        ('graphs = "x"\n', "graphs", "dictionary"),
        ("port = \n", "signoff.toml", "Invalid value"),
        ('log_level = "loud"\n', "log_level", "'debug'"),
    ],
)
def test_a_fault_names_file_and_key(empty: Path, text: str, where: str, what: str) -> None:
    file = write(empty / "signoff.toml", text)
    with pytest.raises(SettingsInvalid) as caught:
        read_settings(start=empty)
    assert str(file) in caught.value.message
    assert where in caught.value.message
    assert what in caught.value.message


def test_a_fault_in_pyproject_names_the_table(empty: Path) -> None:
    write(empty / "pyproject.toml", "[tool.signoff]\nslots = 0\n")
    with pytest.raises(SettingsInvalid, match=r"pyproject.toml: \[tool.signoff\] slots: .*greater than"):
        read_settings(start=empty)


def test_a_fault_in_the_environment_names_the_variable(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNOFF_PORT", "http")
    with pytest.raises(SettingsInvalid, match=r"SIGNOFF_PORT: .*integer"):
        read_settings(start=empty)
    monkeypatch.setenv("SIGNOFF_PORT", "1")
    monkeypatch.setenv("SIGNOFF_GRAPHS", "{broken")
    with pytest.raises(SettingsInvalid, match="graphs"):
        read_settings(start=empty)


def test_a_named_file_must_be_there(empty: Path) -> None:
    with pytest.raises(SettingsInvalid, match="there is no such file"):
        read_settings(empty / "nowhere.toml")

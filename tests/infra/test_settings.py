"""Settings: from the environment, secrets from files, weak ones refused."""

from pathlib import Path

import pytest

from infra.settings import Settings, WeakSettings

STRONG = {
    "OBSERVE_ENVIRONMENT": "production",
    "OBSERVE_PUBLIC_URL": "https://observe.example",
    "OBSERVE_SECRET_KEY": "a-secret-that-is-long-enough-for-anybody",
}


def test_strong_production_settings_are_taken(tmp_path: Path) -> None:
    settings = Settings.from_environment(STRONG, data=tmp_path)
    assert settings.is_production
    assert settings.is_served_securely


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"OBSERVE_SECRET_KEY": "short"}, "OBSERVE_SECRET_KEY"),
        ({"OBSERVE_SECRET_KEY": ""}, "OBSERVE_SECRET_KEY"),
        ({"OBSERVE_PUBLIC_URL": "http://observe.example"}, "OBSERVE_PUBLIC_URL"),
        ({"OBSERVE_DATABASE_URL": "mysql://somewhere"}, "OBSERVE_DATABASE_URL"),
        ({"OBSERVE_LARGEST_UPLOAD": "a lot"}, "OBSERVE_LARGEST_UPLOAD"),
    ],
)
def test_weak_settings_are_refused_by_name(tmp_path: Path, change: dict[str, str], named: str) -> None:
    with pytest.raises(WeakSettings, match=named):
        Settings.from_environment(STRONG | change, data=tmp_path)


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("x" * 40 + "\n")
    environ = {name: value for name, value in STRONG.items() if name != "OBSERVE_SECRET_KEY"}
    settings = Settings.from_environment(environ | {"OBSERVE_SECRET_KEY_FILE": str(file)}, data=tmp_path)
    assert settings.secret_key == "x" * 40


def test_an_embedded_service_keeps_its_secret(tmp_path: Path) -> None:
    first = Settings.from_environment({}, data=tmp_path)
    assert Settings.from_environment({}, data=tmp_path).secret_key == first.secret_key
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0

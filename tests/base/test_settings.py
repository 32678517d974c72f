"""Settings: read once, checked whole, every fault named at once, no secret shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.engines import make_engine
from app.settings import Settings, SettingsFault, is_loopback

GOOD = {
    "SECRET_KEY": "k" * 32,
    "SERVICE_URL": "https://learning.council.test/",
    "DATA_DIR": "/somewhere",
    "MAIL_SERVER": "relay.council.test",
    "MAIL_USE_TLS": "1",
    "MAIL_DEFAULT_SENDER": "learning@council.test",
}


def faults_of(**changes: str) -> list[str]:
    return Settings.from_environment({**GOOD, **changes}).faults()


def test_settings_that_are_whole_have_no_fault() -> None:
    settings = Settings.from_environment(GOOD)
    assert settings.faults() == []
    settings.require_complete()


def test_what_is_not_said_has_a_value_that_works() -> None:
    settings = Settings.from_environment({})
    assert settings.data_dir == Path("instance").absolute()
    assert settings.database_url == f"sqlite:///{settings.data_dir / 'service.sqlite'}"
    assert settings.port == 8000
    assert settings.mail_port == 25
    assert settings.demonstration is False


@pytest.mark.parametrize(("switches", "port"), [({"MAIL_USE_TLS": "1"}, 587), ({"MAIL_USE_SSL": "1"}, 465), ({}, 25)])
def test_the_port_of_the_mail_server_follows_its_security(switches: dict[str, str], port: int) -> None:
    assert Settings.from_environment(switches).mail_port == port
    assert Settings.from_environment({**switches, "MAIL_PORT": "2525"}).mail_port == 2525


@pytest.mark.parametrize(
    ("word", "value"),
    [("1", True), ("true", True), ("YES", True), ("on", True), ("0", False), (" Off ", False), ("", False)],
)
def test_switches_are_read_as_people_write_them(word: str, value: bool) -> None:
    assert Settings.from_environment({"MAIL_USE_TLS": word}).mail_use_tls is value


def test_every_value_that_cannot_be_read_is_named_at_once() -> None:
    wrong = {"PORT": "80 80", "MAIL_PORT": "70000", "MAIL_USE_TLS": "perhaps", "DEMONSTRATION": "2"}
    with pytest.raises(SettingsFault) as caught:
        Settings.from_environment(wrong)
    assert len(caught.value.faults) == 4
    assert all(name in str(caught.value) for name in wrong)
    assert isinstance(caught.value, SystemExit)


@pytest.mark.parametrize("port", ["0", "-1", "65536", "eighty", "²", "8.0"])
def test_a_port_is_a_number_that_can_be_a_port(port: str) -> None:
    with pytest.raises(SettingsFault, match="PORT must be a port number"):
        Settings.from_environment({"PORT": port})


def test_everything_that_is_missing_to_serve_is_named_at_once() -> None:
    with pytest.raises(SettingsFault) as caught:
        Settings.from_environment({}).require_complete()
    named = str(caught.value)
    assert all(name in named for name in ("SECRET_KEY", "SERVICE_URL", "MAIL_SERVER", "MAIL_DEFAULT_SENDER"))
    assert len(caught.value.faults) == 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "k" * 31),
        ("SECRET_KEY_BEFORE", "k" * 31),
        ("SERVICE_URL", "http://learning.council.test"),
        ("SERVICE_URL", "learning.council.test"),
        ("SERVICE_URL", "https://"),
        ("MAIL_SERVER", ""),
        ("MAIL_DEFAULT_SENDER", "learning"),
        ("MAIL_USE_SSL", "1"),
        ("MAIL_USE_TLS", "0"),
        ("MAIL_CA_FILE", "/no/such/file.pem"),
        ("MAIL_BOUNCE_ADDRESS", "bounce"),
        ("MAIL_BOUNCE_ADDRESS", "a+b@council.test"),
        ("MAIL_BOUNCE_ADDRESS", "Bounces <bounce@council.test>"),
        ("MAIL_BOUNCE_ADDRESS", f"{'b' * 35}@council.test"),
    ],
)
def test_each_fault_that_stands_in_the_way_is_told_by_itself(name: str, value: str) -> None:
    faults = faults_of(**{name: value})
    assert len(faults) == 1
    assert name in faults[0]


MAILBOX = {
    "MAIL_BOUNCE_ADDRESS": "bounce@council.test",
    "BOUNCE_IMAP_SERVER": "imap.council.test",
    "BOUNCE_IMAP_USERNAME": "bounce@council.test",
    "BOUNCE_IMAP_PASSWORD": "a long password",
}


def test_a_mailbox_is_read_over_tls_from_its_inbox_unless_told_otherwise() -> None:
    settings = Settings.from_environment({**GOOD, **MAILBOX})
    assert settings.faults() == []
    assert (settings.bounce_imap_port, settings.bounce_imap_folder, settings.bounce_imap_use_ssl) == (
        993,
        "INBOX",
        True,
    )
    assert "a long password" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAIL_BOUNCE_ADDRESS", ""),
        ("BOUNCE_IMAP_USERNAME", ""),
        ("BOUNCE_IMAP_PASSWORD", ""),
        ("BOUNCE_IMAP_SERVER", ""),
        ("BOUNCE_IMAP_USE_SSL", "0"),
        ("BOUNCE_IMAP_FOLDER", "IN\nBOX"),
    ],
)
def test_each_fault_of_a_mailbox_is_told_by_itself(name: str, value: str) -> None:
    (fault,) = faults_of(**{**MAILBOX, name: value})
    assert name in fault


def test_a_mailbox_may_be_read_without_tls_on_this_machine_only() -> None:
    assert faults_of(**{**MAILBOX, "BOUNCE_IMAP_SERVER": "localhost", "BOUNCE_IMAP_USE_SSL": "0"}) == []


@pytest.mark.parametrize("url", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:8000", "https://x.test"])
def test_a_service_may_be_reached_without_tls_on_this_machine_only(url: str) -> None:
    assert faults_of(SERVICE_URL=url) == []


def test_letters_may_leave_without_tls_to_this_machine_only() -> None:
    assert faults_of(MAIL_SERVER="127.0.0.1", MAIL_USE_TLS="0") == []
    assert len(faults_of(MAIL_SERVER="10.0.0.1", MAIL_USE_TLS="0")) == 1


@pytest.mark.parametrize("changes", [{"MAIL_SERVER": "127.0.0.1"}, {"SERVICE_URL": "http://localhost:8000"}, MAILBOX])
def test_a_demonstration_reaches_nothing_beyond_this_machine(changes: dict[str, str]) -> None:
    local = {"MAIL_SERVER": "127.0.0.1", "SERVICE_URL": "http://localhost:8000", "DEMONSTRATION": "1"}
    assert faults_of(**local) == []
    beyond = {name: {**MAILBOX, **GOOD}[name] for name in changes}
    faults = faults_of(**{**local, **beyond})
    assert len(faults) == 1
    assert "DEMONSTRATION" in faults[0]


def test_a_demonstration_never_opens_what_may_be_a_real_database() -> None:
    local = {"MAIL_SERVER": "127.0.0.1", "SERVICE_URL": "http://localhost:8000", "DEMONSTRATION": "1"}
    (fault,) = faults_of(**local, DATABASE_URL="postgresql+psycopg://localhost/service")
    assert "DATABASE_URL must be SQLite" in fault


def test_how_many_proxies_there_are_is_a_small_number() -> None:
    assert Settings.from_environment({"PROXY_HOPS": "2"}).proxy_hops == 2
    for given in ("-1", "10", "many"):
        with pytest.raises(SettingsFault, match="PROXY_HOPS must be how many proxies"):
            Settings.from_environment({"PROXY_HOPS": given})


def test_the_address_says_where_people_come_and_how() -> None:
    settings = Settings.from_environment({**GOOD, "SERVICE_URL": "https://learning.council.test:8443/learning/"})
    assert settings.service_url == "https://learning.council.test:8443/learning"
    assert settings.service_host == "learning.council.test"
    assert settings.is_https
    assert not replace(settings, service_url="http://localhost").is_https
    assert Settings().service_host == "localhost"


@pytest.mark.parametrize(
    ("host", "here"),
    [("localhost", True), ("127.0.0.2", True), ("::1", True), ("127.council.test", False), ("gov.uk", False)],
)
def test_this_machine_is_known_by_its_names(host: str, here: bool) -> None:
    assert is_loopback(host) is here


def test_no_secret_is_shown_where_settings_are_printed() -> None:
    secrets = {
        "SECRET_KEY": "hush-" * 8,
        "SECRET_KEY_BEFORE": "hush-" * 9,
        "MAIL_PASSWORD": "hush-mail",
        "DATABASE_URL": "postgresql+psycopg://u:hush-db@h/d",
    }
    assert "hush" not in repr(Settings.from_environment({**GOOD, **secrets}))
    assert "hush" not in str(Settings.from_environment({**GOOD, **secrets}))


@pytest.mark.parametrize("url", ["mysql://h/d", "oracle://h/d"])
def test_another_kind_of_database_is_refused_in_words(url: str) -> None:
    with pytest.raises(SettingsFault, match="DATABASE_URL"):
        make_engine(url)

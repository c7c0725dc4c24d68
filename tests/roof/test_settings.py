"""Settings: read once, wholly typed; what can't be followed is one sentence, and no sentence holds a secret."""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.secret import Secret
from idp.notify.policy import SmtpServer
from idp.settings import InvalidSettings, Profile, Settings, load, settings_fields

NAMES = [one.metadata["name"] for one in settings_fields()]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


def test_without_an_environment_everything_has_its_default() -> None:
    settings = load({})
    assert (settings.host, settings.port, settings.issuer) == ("127.0.0.1", 8000, "http://localhost:8000")
    assert settings.profile is Profile.PRODUCTION
    assert settings.code_lifetime == timedelta(seconds=60)
    assert settings.refresh_total == timedelta(days=90)
    assert settings.tls_proxies == ()
    assert settings.metrics_token is None


def test_the_issuer_follows_port_and_tls_unless_it_is_said() -> None:
    certificate = {"IDP_TLS_CERT": "c.pem", "IDP_TLS_KEY": "k.pem"}
    assert load({"PORT": "9000"}).issuer == "http://localhost:9000"
    assert load({"PORT": "9000", "TLS": "1", **certificate}).issuer == "https://localhost:9000"
    assert load({"PORT": "9000", "ISSUER": "https://dangnhap.example.vn/"}).issuer == "https://dangnhap.example.vn"


def test_an_empty_variable_is_an_absent_one() -> None:
    assert load({"PORT": "", "CA": "", "REDIS_URL": ""}) == load({})


def test_what_the_environment_says_goes_before_the_defaults_of_the_demo() -> None:
    defaults = {"PORT": "9000", "IDP_PROFILE": "sandbox"}
    assert load({"PORT": "9001"}, defaults).port == 9001
    assert load({"PORT": "9001"}, defaults).is_sandbox


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"PORT": "0"}, "PORT"),
        ({"PORT": "65536"}, "PORT"),
        ({"PORT": "٨٠"}, "PORT"),
        ({"IDP_PROFILE": "prod"}, "IDP_PROFILE"),
        ({"IDP_CODE_LIFETIME": "0s"}, "IDP_CODE_LIFETIME"),
        ({"IDP_CODE_LIFETIME": "1h"}, "ten minutes"),
        ({"IDP_REFRESH_IDLE": "91d"}, "IDP_REFRESH_TOTAL"),
        ({"IDP_SESSION_LOW": "12h"}, "IDP_SESSION_LOW"),
        ({"IDP_TLS_PROXY": "proxy.example"}, "IDP_TLS_PROXY"),
        ({"ISSUER": "dangnhap.example.vn"}, "ISSUER"),
        ({"ISSUER": "https://a@example.vn"}, "ISSUER"),
        ({"ISSUER": "https://example.vn?x=1"}, "ISSUER"),
        ({"ISSUER": "https://example.vn/#"}, "ISSUER"),
        ({"ISSUER": "https://example.vn/sso"}, "ISSUER"),
        ({"ISSUER": "https://[::1"}, "ISSUER"),
        ({"ISSUER": "http://example.vn", "TLS": "1"}, "ISSUER"),
        ({"IDP_TLS_CERT": "c.pem"}, "IDP_TLS_KEY"),
        ({"SMTP_URL": "mail.example.vn:587", "MAIL_FROM": "a@example.vn"}, "SMTP_URL"),
        ({"SMTP_URL": "https://mail.example.vn", "MAIL_FROM": "a@example.vn"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://mail.example.vn"}, "MAIL_FROM"),
        ({"MAIL_FROM": "a@example.vn, b@example.vn"}, "MAIL_FROM"),
        ({"SMS_GATEWAY_URL": "https://sms.example.vn/x"}, "SMS_GATEWAY_TOKEN"),
        ({"SMS_GATEWAY_URL": "https://[::1", "SMS_GATEWAY_TOKEN": "x"}, "SMS_GATEWAY_URL"),
        ({"IDP_HOTLINE": "0255 1022 (giờ hành chính)"}, "IDP_HOTLINE"),
        ({"IDP_HOTLINE": "0" * 25}, "IDP_HOTLINE"),
        ({"IDP_PROFILE": "sandbox", "SMTP_URL": "smtp://mail.example.vn", "MAIL_FROM": "a@example.vn"}, "this machine"),
        (
            {"IDP_PROFILE": "sandbox", "SMS_GATEWAY_URL": "https://sms.example.vn/x", "SMS_GATEWAY_TOKEN": "x"},
            "this machine",
        ),
        ({"IDP_WORKER": "2"}, "perhaps IDP_WORKERS?"),
        ({"IDP_XYZZY": "2"}, "IDP_XYZZY is no setting"),
    ],
)
def test_what_can_t_be_followed_is_one_sentence(environment: dict[str, str], told: str) -> None:
    with pytest.raises(InvalidSettings) as refused:
        load(environment)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_lists_and_spans_are_typed() -> None:
    settings = load({"IDP_TLS_PROXY": "10.0.0.7, 10.1.0.0/16", "IDP_SESSION_HIGH": "2h,5m", "CA": "/etc/ca.pem"})
    assert settings.tls_proxies == (ip_network("10.0.0.7"), ip_network("10.1.0.0/16"))
    assert settings.session_high == (timedelta(hours=2), timedelta(minutes=5))
    assert settings.ca == Path("/etc/ca.pem")


def test_a_secret_shows_neither_in_the_settings_nor_in_a_sentence() -> None:
    assert "Mật" not in repr(load({"IDP_METRICS_TOKEN": "Mật-khẩu-đo"}))


def test_a_mail_server_is_named_by_one_address() -> None:
    given = {"SMTP_URL": "smtp://hub:m%E1%BA%ADt%40@mail.example.vn", "MAIL_FROM": "khong-tra-loi@example.vn"}
    settings = load(given)
    assert settings.smtp == SmtpServer("mail.example.vn", 587, False, "hub", Secret("mật@"))
    assert "mật" not in repr(settings)
    assert load({**given, "SMTP_URL": "smtps://mail.example.vn"}).smtp == SmtpServer("mail.example.vn", 465, True)
    assert load({}).smtp is None


@given(st.dictionaries(st.sampled_from(NAMES), TEXT, max_size=4))
def test_reading_is_total(environment: dict[str, str]) -> None:
    try:
        found: Settings | str = load(environment)
    except InvalidSettings as refused:
        found = str(refused)
    assert found

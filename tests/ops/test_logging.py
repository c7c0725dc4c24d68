"""Whatever is logged, from wherever: nothing about a person and no secret is in the line."""

import logging
import re
import secrets
import warnings
from base64 import urlsafe_b64encode

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.ids import new_id
from idp.kernel.secret import Secret, new_secret
from idp.ops import request_id
from idp.ops.redact import FIELDS, redacted, scrubbed
from tests.ops.conftest import Log

digits = st.text("0123456789", min_size=12, max_size=12)
identity_numbers = digits.map(lambda d: "0" + d[1:])
spaced_numbers = identity_numbers.map(lambda n: f"{n[:3]} {n[3:6]} {n[6:9]} {n[9:]}")
old_numbers = st.text("0123456789", min_size=9, max_size=9)
phones = st.builds(
    "{}{}".format, st.sampled_from(["03", "05", "07", "08", "09"]), st.text("0123456789", min_size=8, max_size=8)
)
written_phones = phones.flatmap(
    lambda p: st.sampled_from(
        [p, "+84" + p[1:], f"{p[:4]} {p[4:7]} {p[7:]}", f"{p[:4]}.{p[4:7]}.{p[7:]}", f"+84 {p[1:4]}-{p[4:]}"]
    )
)
emails = st.builds(
    "{}@{}".format,
    st.from_regex(r"[a-z][a-z0-9.+_-]{0,20}", fullmatch=True),
    st.sampled_from(["lamson.example", "x.vn", "mail.example.com"]),
)
base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
tokens = st.binary(min_size=32, max_size=32).map(lambda b: urlsafe_b64encode(b).rstrip(b"=").decode())
jwts = st.builds(
    "eyJhbGciOiJFUzI1NiJ9.{}.{}".format,
    st.text(base64url, min_size=20, max_size=60),
    st.text(base64url, min_size=86, max_size=86),
)
one_time_codes = st.text("0123456789", min_size=6, max_size=6)
names = st.sampled_from(["Nguyễn Thị Thuỳ Dương", "Đặng Ý", "Trần Quốc Việt", "Lò Thị Xuyến"])
addresses = st.ip_addresses().filter(lambda a: not a.is_loopback and int(a) > 0xFFFF).map(str)

personal = st.one_of(
    identity_numbers,
    spaced_numbers,
    old_numbers,
    written_phones,
    emails,
    tokens,
    jwts,
    one_time_codes,
    names,
    addresses,
)


def assert_absent(secret: str, text: str) -> None:
    assert secret not in text
    bare = re.sub(r"[ .-]", "", secret)
    if bare.isdigit():
        assert bare not in re.sub(r"[ .()\\-]", "", text)
    for word in secret.split():
        assert len(word) < 4 or word not in text


@given(
    personal,
    st.sampled_from(
        [
            "{}",
            "login {} failed",
            "x={}",
            "({})",
            "'{}',",
            "[{}]",
            "for {}: no",
            '{{"v": "{}"}}',
            "<{}>",
            "/people/{}/x",
        ]
    ),
)
def test_free_text_is_scrubbed_wherever_the_value_stands(value: str, sentence: str) -> None:
    assert_absent(value, scrubbed(sentence.format(value)))


@given(st.text(max_size=3000))
def test_scrubbing_is_total_bounded_and_stable(text: str) -> None:
    once = scrubbed(text)
    assert len(once) <= 500
    assert once.isascii()


@given(personal, st.sampled_from(sorted(FIELDS)))
def test_a_listed_key_is_no_way_past_the_redaction(value: str, key: str) -> None:
    for held in (value, [value], {"deep": value}, (value, value)):
        assert_absent(value, repr(redacted({"event": "x", key: held})))
    if value.isdigit() and len(value) >= 9:
        number = int("1" + value)
        assert str(number) not in repr(redacted({key: number}))


@given(personal, st.text(max_size=10))
def test_a_key_that_is_not_listed_is_dropped_and_counted(value: str, key: str) -> None:
    line = redacted({"event": "x", f"{key}!": value, value + "!": 1})
    assert line["event"] == "x"
    assert line["dropped"] in {1, 2}
    assert_absent(value, repr(line))


class OddError(ValueError):
    """Carries what it failed on, as database drivers do."""


def fail(value: str) -> None:
    try:
        int("x" + value)
    except ValueError as inner:
        raise OddError(value) from inner


@given(value=personal)
def test_no_way_of_logging_lets_a_value_through(log: Log, value: str) -> None:
    log.clear()
    ours, theirs = structlog.get_logger(), logging.getLogger("sqlalchemy.engine")
    ours.info("signed in", username=value, hint=f"for {value}", outcome=value)
    ours.bind(subject=value).warning(f"odd {value}", deep={"a": [value]})
    theirs.warning("[parameters: (%r, %s)]", value, value)
    logging.getLogger("idp.flows.login").info(
        "login", extra={"subject": value, "client_id": value, "note": {"x": value}}
    )
    logging.getLogger("idp").error("%(who)s", {"who": value})
    try:
        fail(value)
    except ValueError:
        ours.exception("failed", person=value)
        logging.getLogger("idp").exception("failed")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"deprecated {value}", stacklevel=1)
    assert len(log.lines) == 8
    assert_absent(value, log.without_times)


def test_a_record_that_cannot_be_formatted_does_not_show_itself(log: Log) -> None:
    record = logging.LogRecord("idp", logging.INFO, "x.py", 1, "for %s %s", ("079201012345",), None)
    logging.getLogger().handlers[0].handle(record)
    assert log.lines == [{"event": "a record could not be written", "level": "error"}]


def test_a_secret_object_prints_nothing_of_itself(log: Log) -> None:
    secret = new_secret()
    structlog.get_logger().info("code issued", outcome=secret, hint=f"{secret}")
    logging.getLogger("idp").info("code %s %r", secret, Secret("k7"))
    assert secret.reveal() not in log.text


def test_a_line_is_json_with_time_level_and_the_request(log: Log) -> None:
    name = request_id.new_request_id()
    token = request_id.current.set(name)
    structlog.get_logger().info("client loaded", client_id="mot-cua", ms=1.5, status=200, outcome="success")
    logging.getLogger("idp.flows.login").warning("slow", extra={"ms": 12})
    request_id.current.reset(token)
    first, second = log.lines
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT[\d:.]+Z", str(first.pop("time")))
    assert first == {
        "event": "client loaded", "level": "info", "client_id": "mot-cua", "ms": 1.5, "status": 200,
        "outcome": "success", "request_id": name,
    }  # fmt: skip
    assert second["logger"] == "idp.flows.login"
    assert second["ms"] == 12
    assert second["request_id"] == name


def test_an_exception_is_its_type_and_its_places(log: Log) -> None:
    try:
        Secret(None).digest()  # type: ignore[arg-type] # to fail inside our own code
    except AttributeError:
        logging.getLogger("idp").exception("incident %s", "k7m2npq3rs")
    (line,) = log.lines
    assert line["event"] == "incident k7m2npq3rs"
    assert line["exception"] == "AttributeError"
    frames = line["frames"]
    assert isinstance(frames, list)
    assert str(frames[-1]).startswith("idp/kernel/secret.py:")


@pytest.mark.parametrize(
    "text",
    [
        "unmet_authentication_requirements", "UnmetAuthenticationRequirements at /token in idp/flows/token.py:31",
        "family gone", "Application startup complete.",
        "Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)",
        "retry 3 of 12 in 60 s",
    ],
)  # fmt: skip
def test_what_helps_an_operator_is_kept(text: str) -> None:
    assert scrubbed(text) == text


def test_identifiers_of_ours_are_kept() -> None:
    for _ in range(200):
        line = {
            "event": "x",
            "grant_id": new_id(),
            "request_id": request_id.new_request_id(),
            "incident": new_id()[:10],
        }
        kept = redacted(line)
        assert kept["grant_id"] == line["grant_id"]
        assert kept["request_id"] == line["request_id"]


def test_request_ids_differ() -> None:
    assert len({request_id.new_request_id() for _ in range(1000)}) == 1000


def test_a_long_hostile_text_costs_little() -> None:
    for piece in ("a", "a-", "1.", "code", ":", "@", "ư", "=", "1 ", "Aa"):
        assert len(scrubbed(piece * 100_000)) <= 500
    assert scrubbed(secrets.token_urlsafe(100_000)) in {"", "[token]"}


def test_the_servers_own_access_log_is_silent(log: Log) -> None:
    logging.getLogger("uvicorn.access").info('%s - "GET /authorize?login_hint=%s"', "203.0.113.9:1", "079201012345")
    logging.getLogger("httpx").info("HTTP Request: GET https://x.example/?code=abc")
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 4711)
    assert [line["event"] for line in log.lines] == ["Started server process [4711]"]

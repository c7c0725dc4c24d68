"""Laws of the form parser: total, strict, and in agreement with the standard library on what both accept."""

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from idp.kernel.errors import InvalidRequest, PageError
from idp.web.forms import LIMIT, MOST_FIELDS, Form, FormError, Reason, body, check_content_type, parse, query

# Text as a browser can send it: no lone surrogates, and null characters only where the test is about them.
_text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
_pairs = st.lists(st.tuples(_text, _text), max_size=20)
FORM = "application/x-www-form-urlencoded"


def _request(chunks: Iterable[Message], headers: dict[str, str]) -> Request:
    messages = iter(chunks)

    async def receive() -> Message:
        return next(messages)

    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": raw}
    return Request(scope, receive)


def _chunks(*parts: bytes) -> list[Message]:
    last = len(parts) - 1
    return [{"type": "http.request", "body": part, "more_body": i < last} for i, part in enumerate(parts)]


@given(st.binary(max_size=400))
@example(b"%")
@example(b"a=%zz")
@example(b"a=%00")
@example(b"\xff\xfe=1")
@example(b"=&=&==&&")
def test_any_bytes_are_a_form_or_a_form_error(data: bytes) -> None:
    try:
        form = parse(data)
    except FormError as error:
        form, refused = Form(), error
        known = (refused.oauth().code, type(refused.page()))
        assert known == (InvalidRequest.code, PageError)
    assert all("\0" not in name + value for name, value in form)


@given(_pairs)
def test_what_was_encoded_comes_back_in_order(pairs: list[tuple[str, str]]) -> None:
    sent = [(name, value) for name, value in pairs if name or value]
    assert list(parse(urlencode(sent).encode())) == sent


@given(st.text(st.sampled_from("abcXYZ0189=&+.~%2041é"), max_size=60))
def test_the_standard_library_reads_the_same(text: str) -> None:
    try:
        form = parse(text.encode())
    except FormError:
        return
    assert [(k, v) for k, v in form if k] == [(k, v) for k, v in parse_qsl(text, keep_blank_values=True) if k]


@given(_text.filter(bool), _text.filter(bool), _text)
def test_a_repeated_parameter_is_never_read_as_one(name: str, first: str, second: str) -> None:
    form = parse(urlencode([(name, first), ("other", "x"), (name, second)]).encode())
    with pytest.raises(FormError) as caught:
        form.get(name)
    assert caught.value.reason is Reason.DUPLICATE
    assert name in form.duplicates()
    assert form.all(name) == ((first, second) if second else (first,))


def test_a_parameter_without_value_counts_as_omitted() -> None:
    form = parse(b"state=&scope")
    assert form.get("state") is None
    assert "scope" not in form
    assert form.get("nonce") is None
    assert len(form) == 2


def test_plus_is_a_space_and_an_encoded_plus_is_a_plus() -> None:
    assert parse(b"a=1+2%2B3").get("a") == "1 2+3"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"a=%", Reason.BAD_ENCODING),
        (b"a=%4", Reason.BAD_ENCODING),
        (b"a=%G1", Reason.BAD_ENCODING),
        (b"a=%ff", Reason.BAD_ENCODING),
        (b"a=%ed%a0%80", Reason.BAD_ENCODING),
        (b"a=%c0%80", Reason.BAD_ENCODING),
        (b"a=\x80", Reason.BAD_ENCODING),
        (b"a=\0", Reason.NULL_CHARACTER),
        (b"a%00b=1", Reason.NULL_CHARACTER),
        (b"a=" + b"x" * LIMIT, Reason.TOO_LARGE),
        (b"&".join([b"a=1"] * (MOST_FIELDS + 1)), Reason.TOO_MANY_FIELDS),
    ],
)
def test_each_kind_of_damage_has_its_name(data: bytes, reason: Reason) -> None:
    with pytest.raises(FormError) as caught:
        parse(data)
    assert caught.value.reason is reason


@pytest.mark.parametrize("header", [FORM, f"{FORM}; charset=UTF-8", f'{FORM.upper()} ;charset="utf-8"'])
def test_the_one_media_type_is_taken(header: str) -> None:
    check_content_type(header)


@pytest.mark.parametrize(
    "header", [None, "", "application/json", "multipart/form-data; boundary=x", f"{FORM}; charset=utf-16", f"{FORM}x"]
)
def test_any_other_media_type_is_refused(header: str | None) -> None:
    with pytest.raises(FormError) as caught:
        check_content_type(header)
    assert caught.value.reason is Reason.NOT_A_FORM


async def test_a_body_in_pieces_is_one_form() -> None:
    request = _request(_chunks(b"user", b"name=%C3", b"%A1"), {"content-type": FORM})
    assert (await body(request)).get("username") == "á"


async def test_a_body_beyond_the_limit_is_dropped_as_it_arrives() -> None:
    chunks = ({"type": "http.request", "body": b"x" * 10, "more_body": True} for _ in range(10**9))
    with pytest.raises(FormError) as caught:
        await body(_request(chunks, {"content-type": FORM}), limit=100)
    assert caught.value.reason is Reason.TOO_LARGE


async def test_a_length_beyond_the_limit_is_refused_before_reading() -> None:
    request = _request(iter(()), {"content-type": FORM, "content-length": "9" * 30})
    with pytest.raises(FormError) as caught:
        await body(request)
    assert caught.value.reason is Reason.TOO_LARGE


async def test_a_client_that_goes_away_is_a_form_error() -> None:
    request = _request([{"type": "http.disconnect"}], {"content-type": FORM})
    with pytest.raises(FormError) as caught:
        await body(request)
    assert caught.value.reason is Reason.CUT_SHORT


def test_a_query_is_read_by_the_same_rules() -> None:
    scope = {"type": "http", "query_string": b"state=a%20b&ui_locales=vi"}
    assert query(Request(scope)) == Form((("state", "a b"), ("ui_locales", "vi")))

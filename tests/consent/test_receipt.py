"""Receipts and purposes: what was said comes back as it was said, in every language that it had."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from idp.consent import receipt
from idp.consent.policy import Basis, ScopeTerms, ServiceTerms, bases
from idp.consent.receipt import About, ReceiptPurpose

AT = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
ABOUT = About("shop", {"vi": "Một cửa", "en": "One-stop shop"}, "H48", {"vi": "Văn phòng"}, policy_uri="https://x.vn/")
_texts = st.dictionaries(st.sampled_from(["vi", "en", "fr"]), st.text(min_size=1), min_size=1)
_purposes = st.lists(
    st.builds(
        ReceiptPurpose,
        st.sampled_from(Basis),
        _texts,
        _texts,
        st.lists(st.sampled_from(["name", "email", "qn:pin"]), unique=True).map(tuple),
        st.booleans(),
    ),
    max_size=4,
)


@given(_purposes, st.sampled_from([receipt.GIVEN, receipt.WITHDRAWN]))
def test_what_was_decided_is_read_back_from_its_receipt(purposes: list[ReceiptPurpose], kind: str) -> None:
    made = receipt.document("r1", kind, AT, ABOUT, purposes, terminate_at="https://op/account", follows=["r0"])
    assert receipt.purposes_of(made) == tuple(purposes)
    assert receipt.service_of(made) == (ABOUT.name, ABOUT.agency)
    assert made["event"] == {"eventType": kind, "eventTime": 1795417500, "recordIds": ["r0"]}


def test_a_receipt_has_the_fields_that_the_specification_demands() -> None:
    """Kantara Consent Receipt 1.1 §7: every field that it calls a MUST, but the person's own name for themselves."""
    purpose = ReceiptPurpose(Basis.CONSENT, {"vi": "Nhắn tin"}, {"vi": "Luật 91"}, ("phone_number",))
    made = receipt.document("r1", receipt.GIVEN, AT, ABOUT, [purpose], terminate_at="https://op/account/services")
    assert made.keys() >= {
        "version", "jurisdiction", "consentTimestamp", "collectionMethod", "consentReceiptID", "language",
        "piiControllers", "policyUrl", "services", "sensitive", "spiCat",
    }  # fmt: skip
    [told] = made["services"][0]["purposes"]
    assert told["consentType"] == "EXPLICIT"
    assert told["piiCategory"] == ["phone_number"]
    assert told["termination"] == "https://op/account/services"
    assert told["thirdPartyDisclosure"] is False


@given(st.dictionaries(st.sampled_from(["profile", "email", "qn:national_id"]), st.sampled_from(Basis)))
def test_an_event_tells_each_scope_with_its_basis(wanted: dict[str, Basis]) -> None:
    terms = ServiceTerms("H48", {scope: ScopeTerms(basis, {}, {}) for scope, basis in wanted.items()})
    assert bases(terms.purposes(["openid", *wanted])) == wanted


@given(st.one_of(st.none(), st.text()))
def test_any_words_of_an_older_or_newer_release_are_read(purpose: str | None) -> None:
    assert set(bases(purpose).values()) <= set(Basis)

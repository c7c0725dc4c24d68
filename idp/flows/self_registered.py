"""The terms of a service that registered itself: everything by consent, for a purpose of its own."""

from typing import Final

from idp.consent.policy import Basis, ScopeTerms, ServiceTerms
from idp.storage.agencies import Agency

# Nobody has checked yet who answers for such a service, and people are told just that.
AGENCY: Final = Agency("self-registered", {"vi": "Dịch vụ tự đăng ký", "en": "Self-registered service"})
_PURPOSE: Final = {
    "vi": "Cung cấp dịch vụ mà bạn đang yêu cầu",
    "en": "To provide the service that you are asking for",
}
_REFERENCE: Final = {"vi": "Sự đồng ý của bạn", "en": "Your consent"}


def terms(scopes: frozenset[str]) -> ServiceTerms:
    """`openid` needs none: it says that somebody signed in, and nothing about them."""
    each = {scope: ScopeTerms(Basis.CONSENT, _PURPOSE, _REFERENCE) for scope in sorted(scopes - {"openid"})}
    return ServiceTerms(AGENCY.id, each)

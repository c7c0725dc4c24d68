"""Whatever a person finds in their history is said in words: kinds of events, kinds of notices, ways to sign in."""

import pytest

from idp.audit.kinds import KINDS, Topic
from idp.authn.authenticators import AUTHENTICATORS
from idp.catalogue.languages import LANGUAGES
from idp.notify.notice import KINDS as NOTICES
from idp.web.catalogue import translator


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_that_is_shown_has_its_words(lang: str) -> None:
    t = translator(lang)
    assert [kind.name for kind in KINDS.values() if kind.history and not t.has(f"history.kind.{kind.name}")] == []
    assert [kind for kind in NOTICES if not t.has(f"history.told.{kind}")] == []
    assert [topic for topic in Topic if not t.has(f"history.topic.{topic.value}")] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_way_to_sign_in_has_a_name(lang: str) -> None:
    t = translator(lang)
    named = {name for name in AUTHENTICATORS if t.has(f"history.method.{name}") or t.has(f"security.kind.{name}")}
    assert set(AUTHENTICATORS) - named == set()

"""policy.toml: what it says is followed, what it can't mean is refused."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.crypto.rotation_policy import InvalidPolicy, KeyPolicy, parse_policy

ROOT = Path(__file__).parents[2]


def test_the_policy_in_the_repository_states_the_defaults() -> None:
    assert parse_policy((ROOT / "keys" / "policy.toml").read_text("utf-8")) == KeyPolicy()


def test_what_is_written_is_followed() -> None:
    policy = parse_policy('[signing]\nrotate_every = "30d"\njwks_cache = "30m"\n[kek]\nactive = "2026"')
    assert policy.signing.rotate_every == timedelta(days=30)
    assert policy.signing.publish_ahead == timedelta(minutes=35)
    assert policy.active_kek == "2026"


@pytest.mark.parametrize(
    "text",
    [
        "[signing]\nrotate_evry = '30d'",
        "[sining]\n",
        "[kek]\nname = '1'",
        "signing = 1",
        "[kek]\nactive = 1",
        "[signing]\nrotate_every = 30",
        "[signing]\nrotate_every = '30'",
        "[signing]\nrotate_every = 'd'",
        "[signing]\nrotate_every = '-1d'",
        "[signing]\nrotate_every = '1.5d'",
        "[signing]\nrotate_every = '３０d'",
        "[signing]\nrotate_every = '99999999999999d'",
        "[signing]\nrotate_every = '4000d'",
        "[signing]\njwks_cache = '0m'",
        "[signing]\nrotate_every = '2h'",
        "[signing]\nretire_keep = '1h'",
        "not toml",
        "[signing]\n[signing]",
    ],
)
def test_what_can_not_be_followed_is_refused(text: str) -> None:
    with pytest.raises(InvalidPolicy):
        parse_policy(text)


@given(st.text(max_size=60) | st.text("[]signkea.='\"\n123dhm_ ", max_size=80))
def test_reading_a_policy_is_total(text: str) -> None:
    with suppress(InvalidPolicy):
        assert isinstance(parse_policy(text), KeyPolicy)

"""The small frozen policies that the roof reads from the settings once and hands down."""

from dataclasses import dataclass, field
from datetime import timedelta

from idp.authn.channel_standing import ChannelPolicy
from idp.authn.message_code import CodePolicy
from idp.authn.outage import BreakerPolicy
from idp.authn.recovery_rules import RecoveryPolicy
from idp.authn.sso_session import SessionPolicy
from idp.authn.throttle import ThrottlePolicy
from idp.crypto.chip.policy import ChipPolicy
from idp.crypto.rotation_policy import RotationPolicy
from idp.identity.verification_case import CasePolicy
from idp.protocol.policy import ProtocolPolicy


@dataclass(frozen=True, slots=True)
class Policies:
    """How this deployment wants to behave; `protocol` also says who we are and whether this is the sandbox."""

    protocol: ProtocolPolicy
    sessions: SessionPolicy = field(default_factory=SessionPolicy)
    throttle: ThrottlePolicy = field(default_factory=ThrottlePolicy.strict)
    breaker: BreakerPolicy = field(default_factory=BreakerPolicy)
    # A register is asked by us alone, and seldom; one odd question that fails by itself still declares nothing.
    register_breaker: BreakerPolicy = field(default_factory=lambda: BreakerPolicy(failures=3, browsers=2))
    codes: CodePolicy = field(default_factory=CodePolicy)
    channels: ChannelPolicy = field(default_factory=ChannelPolicy)
    recovery: RecoveryPolicy = field(default_factory=RecoveryPolicy)
    cases: CasePolicy = field(default_factory=CasePolicy)
    # The active authentication that a route asks for is its own affair.
    chips: ChipPolicy = field(default_factory=ChipPolicy)
    rotation: RotationPolicy = field(default_factory=RotationPolicy)
    # How long a sign-in that was begun waits for the person.
    interaction: timedelta = timedelta(hours=1)
    # How long a client is believed before its row is read again; changes are also announced to every node.
    client_cache: timedelta = timedelta(seconds=1)

    @property
    def issuer(self) -> str:
        return self.protocol.issuer

    @property
    def is_sandbox(self) -> bool:
        return self.protocol.sandbox

"""Pages on the way in: name and password or a passkey, then one more of what the person has where a level needs it."""

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar


class SignInError(Enum):
    """What stands above the form; the value is the end of its key. One answer for unknown names and wrong passwords."""

    CREDENTIALS = "credentials"
    USERNAME_MISSING = "username_missing"
    PASSWORD_MISSING = "password_missing"
    CODE = "code"
    CODE_MISSING = "code_missing"
    PIN_MISSING = "pin_missing"
    PASSKEY = "passkey"
    EFFORT = "effort"
    STALE = "stale"
    """The form came from an earlier page of the same sign-in (Back, a second tab); this one is fresh."""


class VneidError(Enum):
    """Why VNeID signed nobody in: what happened, what it means, what to do. The value is the end of its key."""

    UNAVAILABLE = "unavailable"
    REFUSED = "refused"
    MISTRUSTED = "mistrusted"
    LEVEL_MISSING = "level_missing"
    LEVEL_TWO = "level_two"
    ORGANISATION = "organisation"
    NOT_FRESH = "not_fresh"
    NOT_ADMITTED = "not_admitted"
    OTHER_PERSON = "other_person"
    LINK_LOST = "link_lost"
    UNAPPROVED = "unapproved"
    TOO_OFTEN = "too_often"


_ABOUT_THE_NAME = (SignInError.CREDENTIALS, SignInError.USERNAME_MISSING)


@dataclass(frozen=True, slots=True)
class PasskeyForm:
    """`credential` is filled in by the script from `options` (JSON for `navigator.credentials.get`)."""

    action: str
    transition: str
    options: str


@dataclass(frozen=True, slots=True)
class OtherWay:
    """Another page of the same step; `key` names `step_up.way.<key>`."""

    key: str
    uri: str


@dataclass(frozen=True, slots=True)
class Effort:
    """Under attack: the script pays `ticket` by an answer of `bits`; without it the form is heard after `seconds`."""

    ticket: str
    bits: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Login:
    """`username` and `password` on one page. `username` is shown again as it was typed."""

    template: ClassVar[str] = "login.html"

    action: str
    transition: str
    username: str = ""
    errors: tuple[SignInError, ...] = ()
    passkey: "PasskeyForm | None" = None
    """Beside the form, for browsers with scripts; without them the page stays as it is."""
    again: bool = False
    """The person is signed in already and confirms it is still them (`prompt=login`, `max_age`)."""
    vneid_uri: str | None = None
    """Where sign-in with VNeID begins; None: not offered."""
    vneid_shared_uri: str | None = None
    """The same from a public computer."""
    shared: bool = False
    """The person has said so, in an earlier try of this sign-in."""
    has_form: bool = True
    outage: bool = False
    """VNeID is away: the button may be missing, and a note says what still works."""
    vneid_error: VneidError | None = None
    effort: Effort | None = None

    @property
    def status(self) -> int:
        """RFC 6585 §4: not heard yet, and for how long not."""
        return 200 if self.effort is None else 429

    code_uri: str | None = None
    """Where one signs in by a code instead of a password; None: this service accepts none of ours."""

    @property
    def username_error(self) -> SignInError | None:
        return next((e for e in self.errors if e in _ABOUT_THE_NAME), None)

    @property
    def password_error(self) -> SignInError | None:
        return next((e for e in self.errors if e is SignInError.PASSWORD_MISSING), None)


@dataclass(frozen=True, slots=True)
class Otp:
    """`otp`: six digits from the authenticator app. `switch_uri` starts over as somebody else."""

    template: ClassVar[str] = "otp.html"
    status: ClassVar[int] = 200

    action: str
    transition: str
    person: str = ""
    errors: tuple[SignInError, ...] = ()
    switch_uri: str | None = None
    other_ways: tuple[OtherWay, ...] = ()


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as one more step."""

    template: ClassVar[str] = "passkey.html"
    status: ClassVar[int] = 200

    passkey: PasskeyForm
    person: str = ""
    errors: tuple[SignInError, ...] = ()
    switch_uri: str | None = None
    other_ways: tuple[OtherWay, ...] = ()


@dataclass(frozen=True, slots=True)
class RecoveryCode:
    """`recovery_code`: one of the ten on paper."""

    template: ClassVar[str] = "recovery_code.html"
    status: ClassVar[int] = 200

    action: str
    transition: str
    person: str = ""
    errors: tuple[SignInError, ...] = ()
    switch_uri: str | None = None
    other_ways: tuple[OtherWay, ...] = ()


@dataclass(frozen=True, slots=True)
class ByCode:
    """Sign-in without a password: `username`, and `way`, one of `ways` (`by_code.way.<way>`)."""

    template: ClassVar[str] = "by_code.html"
    status: ClassVar[int] = 200

    action: str
    transition: str
    ways: tuple[str, ...]
    username: str = ""
    chosen: str = ""
    errors: tuple[SignInError, ...] = ()
    shared: bool = False
    back_uri: str | None = None


@dataclass(frozen=True, slots=True)
class MessageCode:
    """`otp`: six digits that were sent by `channel` (`sms` or `email`); a second form with `act` = send asks for them.

    `person` and `masked` only for whoever is signed in. `sent`: there is a code to type. `wait_s`: not yet another one.
    """

    template: ClassVar[str] = "message_code.html"
    status: ClassVar[int] = 200

    action: str
    transition: str
    channel: str
    sent: bool
    person: str = ""
    masked: str = ""
    wait_s: int = 0
    just_sent: bool = False
    errors: tuple[SignInError, ...] = ()
    switch_uri: str | None = None
    other_ways: tuple[OtherWay, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeCard:
    """`card_code`: the code at `number` of the card; `pin` too, where `asks_pin`."""

    template: ClassVar[str] = "code_card.html"
    status: ClassVar[int] = 200

    action: str
    transition: str
    number: int
    asks_pin: bool = False
    person: str = ""
    errors: tuple[SignInError, ...] = ()
    switch_uri: str | None = None
    other_ways: tuple[OtherWay, ...] = ()


@dataclass(frozen=True, slots=True)
class Raise:
    """The service needs more than the person proved so far, and VNeID can vouch for it."""

    template: ClassVar[str] = "raise.html"
    status: ClassVar[int] = 200

    vneid_uri: str
    person: str = ""
    vneid_error: VneidError | None = None
    switch_uri: str | None = None


@dataclass(frozen=True, slots=True)
class VerifyWay:
    """One way to be verified: `verify.way.<way>.title` and `.text`; `uri`: where it begins."""

    way: str
    uri: str


@dataclass(frozen=True, slots=True)
class Verify:
    """The service needs more than anybody has verified about this person: what would do, and the way back.

    `level` is what they have, `target` what is needed.
    """

    template: ClassVar[str] = "verify.html"
    status: ClassVar[int] = 200

    level: str
    target: str
    ways: tuple[VerifyWay, ...]
    person: str = ""
    vneid_error: VneidError | None = None
    switch_uri: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """VNeID vouched for somebody who has an account here: its `password` agrees once to joining the two."""

    template: ClassVar[str] = "link.html"
    status: ClassVar[int] = 200

    action: str
    transition: str
    number: str
    """Masked."""
    errors: tuple[SignInError, ...] = ()
    back_uri: str | None = None

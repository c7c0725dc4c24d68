"""The kinds of audit events and what each may hold beside actor, person, client, grant and time. Nothing personal.

A new kind is one line here; the person's own history, the command line and the documentation read this registry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Topic(StrEnum):
    """What a person looks for in their own history."""

    SIGN_INS = "sign_ins"
    CHANGES = "changes"
    RELEASES = "releases"


@dataclass(frozen=True, slots=True)
class EventKind:
    """`changed` names the only fields allowed. `topic`: where the person concerned finds it; None: they don't."""

    name: str
    changed: frozenset[str]
    doc: str
    topic: Topic | None = Topic.CHANGES

    @property
    def history(self) -> bool:
        """Whether the person concerned sees it."""
        return self.topic is not None


SIGN_IN = "sign_in"
SIGN_IN_FAILED = "sign_in_failed"
STEP_UP = "step_up"
SESSION_ENDED = "session_ended"
UPSTREAM_LINKED = "upstream_linked"
PERSON_LEVEL_RAISED = "person_level_raised"
PERSON_LEVEL_LOWERED = "person_level_lowered"
IDENTITY_VERIFIED = "identity_verified"
EVIDENCE_WITHDRAWN = "evidence_withdrawn"
EVIDENCE_LAPSED = "evidence_lapsed"
VERIFICATION_BEGUN = "verification_begun"
VERIFICATION_MOVED = "verification_moved"
EARLIER_WAYS_HELD = "earlier_ways_held"
WAY_CONFIRMED = "way_confirmed"
PERSON_FACTS_CHANGED = "person_facts_changed"
CASE_OPENED = "case_opened"
UPSTREAM_PROPOSED = "upstream_proposed"
UPSTREAM_APPROVED = "upstream_approved"
TRUST_PROPOSED = "trust_proposed"
TRUST_APPROVED = "trust_approved"
REVOCATION_LIST_IMPORTED = "revocation_list_imported"
OUTAGE_DECLARED = "outage_declared"
OUTAGE_ENDED = "outage_ended"
REGISTER_ASKED = "register_asked"
REGISTER_ANSWERED = "register_answered"
REGISTER_WITHDRAWN = "register_withdrawn"
REGISTER_MISTRUSTED = "register_mistrusted"
NOTICE_SENT = "notice_sent"
CODE_SENT = "code_sent"
CONTACT_PROVEN = "contact_proven"
CONTACT_DEAD = "contact_dead"

AUTHENTICATOR_ADDED = "authenticator_added"
AUTHENTICATOR_RENAMED = "authenticator_renamed"
AUTHENTICATOR_REMOVED = "authenticator_removed"
PASSWORD_CHANGED = "password_changed"
PASSKEY_SUSPECT = "passkey_suspect"
WAY_SWITCHED_OFF = "way_switched_off"
WAY_SWITCHED_ON = "way_switched_on"
CODE_CARD_ISSUED = "code_card_issued"

RECOVERY_PROVEN = "recovery_proven"
RECOVERY_BEGUN = "recovery_begun"
RECOVERY_ENDED = "recovery_ended"
RECOVERY_COMPLETED = "recovery_completed"
ACCOUNT_LOCKED = "account_locked"
ACCOUNT_UNLOCKED = "account_unlocked"

CONSENT_GIVEN = "consent_given"
CONSENT_REFUSED = "consent_refused"
CONSENT_WITHDRAWN = "consent_withdrawn"

PSEUDONYM_MADE = "pseudonym_made"
CODE_ISSUED = "code_issued"
CODE_REUSE = "code_reuse"
TOKENS_ISSUED = "tokens_issued"
TOKENS_REFRESHED = "tokens_refreshed"
REFRESH_REUSE = "refresh_reuse"
CLIENT_TOKEN_ISSUED = "client_token_issued"
TOKEN_REVOKED = "token_revoked"
USERINFO_RELEASED = "userinfo_released"

CLIENT_REGISTERED = "client_registered"
CLIENT_CHANGED = "client_changed"
CLIENT_STATE_CHANGED = "client_state_changed"
AGENCY_CHANGED = "agency_changed"
INITIAL_ACCESS_TOKEN_ISSUED = "initial_access_token_issued"

OFFICER_ROLE_PROPOSED = "officer_role_proposed"
OFFICER_ROLE_GIVEN = "officer_role_given"
OFFICER_ROLE_TAKEN = "officer_role_taken"
OFFICER_DUTY = "officer_duty"
SECOND_DRAWN = "second_drawn"
COUNTER_PIN_SET = "counter_pin_set"

PERSON_ADDED = "person_added"
PERSON_STATE_CHANGED = "person_state_changed"
LIFE_EVENT_RECORDED = "life_event_recorded"
LIFE_EVENT_REVERSED = "life_event_reversed"
COMMUNES_IMPORTED = "communes_imported"

KEY_GENERATED = "key_generated"
KEY_ACTIVATED = "key_activated"
KEY_RETIRED = "key_retired"
KEY_ARCHIVED = "key_archived"
KEY_FORGOTTEN = "key_forgotten"
KEY_COMPROMISED = "key_compromised"
DATA_REWRAPPED = "data_rewrapped"


def _kind(name: str, doc: str, *changed: str, topic: Topic | None = Topic.CHANGES, history: bool = True) -> EventKind:
    return EventKind(name, frozenset(changed), doc, topic if history else None)


KINDS: Mapping[str, EventKind] = {
    kind.name: kind
    for kind in (
        _kind(SIGN_IN, "a person signed in", "method", "session_id", "level", topic=Topic.SIGN_INS),
        _kind(
            SIGN_IN_FAILED, "a sign-in with this person's identifier failed", "method", "reason", topic=Topic.SIGN_INS
        ),
        _kind(
            STEP_UP, "a person proved more in a running session", "method", "session_id", "level", topic=Topic.SIGN_INS
        ),
        _kind(SESSION_ENDED, "a session ended", "session_id", "reason", "sessions", topic=Topic.SIGN_INS),
        _kind(UPSTREAM_LINKED, "a person's account was joined with the one at VNeID", "upstream", "level"),
        _kind(
            PERSON_LEVEL_RAISED, "a person's identity was vouched for at a higher level", "before", "after", "source"
        ),
        _kind(PERSON_LEVEL_LOWERED, "a person's level fell with what it stood on", "before", "after", "source"),
        _kind(IDENTITY_VERIFIED, "evidence of who a person is was recorded", "verification_id", "source", "level"),
        _kind(VERIFICATION_BEGUN, "a verification of who a person is began", "case_id", "route", "state", "reason"),
        _kind(VERIFICATION_MOVED, "a verification went on, or ended", "case_id", "route", "state", "reason"),
        _kind(OFFICER_ROLE_PROPOSED, "a role was proposed, and waits for a second hand", "role", "unit", "role_id"),
        _kind(OFFICER_ROLE_GIVEN, "an officer has a role in a unit", "role", "unit", "role_id"),
        _kind(OFFICER_ROLE_TAKEN, "a role ended, or its proposal did", "role", "unit", "role_id"),
        _kind(OFFICER_DUTY, "an officer may be drawn as the second, or no longer", "unit", "state", history=False),
        _kind(SECOND_DRAWN, "the second officer of a case was drawn by lot", "case_id", "unit"),
        _kind(COUNTER_PIN_SET, "a citizen chose the PIN of their card on a device of their own", "case_id"),
        _kind(EVIDENCE_WITHDRAWN, "evidence ceased to count before its time", "verification_id", "reason"),
        _kind(EVIDENCE_LAPSED, "evidence came to its end", "verification_id"),
        _kind(
            EARLIER_WAYS_HELD,
            "a level rose: what was there before stays at what it was worth, or ended",
            "authenticators",
            "level",
            "sessions",
            "grants",
        ),
        _kind(WAY_CONFIRMED, "a person said that a way to sign in is theirs", "method", "authenticator_id", "level"),
        _kind(PERSON_FACTS_CHANGED, "what is known of a person changed", "claims", "source"),
        _kind(
            UPSTREAM_PROPOSED,
            "an administrator proposed an upstream's endpoints and keys",
            "upstream",
            "fingerprint",
            "differs",
            history=False,
        ),
        _kind(
            UPSTREAM_APPROVED,
            "another administrator approved them: from now on they count",
            "upstream",
            "fingerprint",
            "proposed_by",
            history=False,
        ),
        _kind(TRUST_PROPOSED, "authorities behind chips were proposed", "fingerprint", "added", "removed", topic=None),
        _kind(TRUST_APPROVED, "another administrator approved them", "fingerprint", "proposed_by", topic=None),
        _kind(REVOCATION_LIST_IMPORTED, "an authority's list came in", "authority", "this_update", topic=None),
        _kind(OUTAGE_DECLARED, "an upstream counts as away", "upstream", history=False),
        _kind(OUTAGE_ENDED, "an upstream is back", "upstream", history=False),
        _kind(
            REGISTER_ASKED,
            "a register of the State was asked about a person",
            "register",
            "question_id",
            "claims",
            topic=Topic.RELEASES,
        ),
        _kind(
            REGISTER_ANSWERED,
            "a register answered about a person",
            "register",
            "question_id",
            "verdict",
            "evidence_id",
            "attempts",
            topic=Topic.RELEASES,
        ),
        _kind(
            REGISTER_WITHDRAWN,
            "a question that a register had not answered is asked no more",
            "register",
            "question_id",
            topic=Topic.RELEASES,
        ),
        _kind(
            REGISTER_MISTRUSTED,
            "an answer in a register's name could not be believed: nothing of it was used",
            "register",
            "question_id",
            "reason",
            history=False,
        ),
        _kind(CASE_OPENED, "something came up that an officer has to look at", "case_id", "reason"),
        _kind(NOTICE_SENT, "a person was told of something", "notice", "channels", "messages", "reference"),
        _kind(
            CODE_SENT, "a one-time code was sent to a person", "channel", "message", "reference", topic=Topic.SIGN_INS
        ),
        _kind(CONTACT_PROVEN, "a person read a code at their number or address", "channel", history=False),
        _kind(CONTACT_DEAD, "a number or address ceased to sign its person in", "channel", "reason"),
        _kind(AUTHENTICATOR_ADDED, "a person added a way to sign in", "method", "authenticator_id", "level"),
        _kind(AUTHENTICATOR_RENAMED, "a person renamed a way to sign in", "method", "authenticator_id"),
        _kind(AUTHENTICATOR_REMOVED, "a person removed a way to sign in", "method", "authenticator_id", "sessions"),
        _kind(PASSWORD_CHANGED, "a person changed their password", "authenticator_id", "level", "sessions"),
        _kind(PASSKEY_SUSPECT, "a passkey's counter did not grow: perhaps a copy; refused", "authenticator_id"),
        _kind(
            CONSENT_GIVEN, "a person allowed a service to know something", "scope", "claims", "refused", "receipt_id"
        ),
        _kind(WAY_SWITCHED_OFF, "a person forbade a way to sign in for their account", "method", "sessions"),
        _kind(WAY_SWITCHED_ON, "a person allowed a way to sign in again", "method"),
        _kind(CODE_CARD_ISSUED, "a code card was made for a person, and their PIN taken", "authenticator_id", "level"),
        _kind(
            RECOVERY_PROVEN,
            "somebody proved one root on the way to recovering an account",
            "method",
            "recovery_id",
            topic=Topic.SIGN_INS,
        ),
        _kind(
            RECOVERY_BEGUN, "the recovery of an account began; it waits for its owner to say no", "recovery_id", "roots"
        ),
        _kind(RECOVERY_ENDED, "the recovery of an account was cancelled or stopped", "recovery_id", "reason"),
        _kind(
            RECOVERY_COMPLETED,
            "an account was recovered: a new way to sign in, the earlier ones are put aside",
            "recovery_id",
            "method",
            "authenticator_id",
            "suspended",
            "sessions",
        ),
        _kind(
            ACCOUNT_LOCKED,
            "a person said that something was not them: nothing changes until this is lifted",
            "about",
            "case_id",
            "suspended",
            "sessions",
        ),
        _kind(
            ACCOUNT_UNLOCKED, "the lock of an account was lifted by two roots", "case_id", "roots", "kept", "dropped"
        ),
        _kind(CONSENT_REFUSED, "a person refused what a service asked", "scope", "claims"),
        _kind(CONSENT_WITHDRAWN, "a person withdrew a consent", "scope", "claims", "grants", "receipt_id"),
        _kind(PSEUDONYM_MADE, "a person got the name under which one sector knows them", "sector", history=False),
        _kind(
            CODE_ISSUED,
            "a service got an authorization code",
            "scope",
            "claims",
            "acr",
            "resource",
            "session_id",
            topic=Topic.RELEASES,
        ),
        _kind(CODE_REUSE, "a code came twice: all its tokens ended", "reason", "grants", topic=Topic.RELEASES),
        _kind(
            TOKENS_ISSUED,
            "a service got tokens about a person",
            "scope",
            "claims",
            "acr",
            "resource",
            topic=Topic.RELEASES,
        ),
        _kind(TOKENS_REFRESHED, "a service renewed its tokens", "scope", "acr", "resource", topic=Topic.RELEASES),
        _kind(REFRESH_REUSE, "a refresh token came twice: its family ended", "reason", "grants", topic=Topic.RELEASES),
        _kind(CLIENT_TOKEN_ISSUED, "a service got a token for itself", "scope", "resource", history=False),
        _kind(TOKEN_REVOKED, "a service or a person ended a token", "token", "reason", topic=Topic.RELEASES),
        _kind(USERINFO_RELEASED, "a service read what it was allowed to know", "claims", "scope", topic=Topic.RELEASES),
        _kind(CLIENT_REGISTERED, "a service was registered", "origin", "state", "fields", history=False),
        _kind(CLIENT_CHANGED, "a service's registration changed", "origin", "fields", history=False),
        _kind(CLIENT_STATE_CHANGED, "a service was approved or disabled", "before", "after", "reason", history=False),
        _kind(AGENCY_CHANGED, "an agency was added or renamed", "agency_id", "fields", history=False),
        _kind(
            INITIAL_ACCESS_TOKEN_ISSUED,
            "somebody may register services",
            "label",
            "powers",
            "uses",
            "expires_at",
            history=False,
        ),
        _kind(PERSON_ADDED, "a person was added", "claims", "identifiers", "level", "source"),
        _kind(PERSON_STATE_CHANGED, "a person was suspended, restored or closed", "before", "after", "reason"),
        _kind(
            LIFE_EVENT_RECORDED,
            "something happened in a person's life: a new card, a new name, a revoked number, a death",
            "reason",
            "event_id",
            "source",
            "before",
            "state",
            "sessions",
        ),
        _kind(
            LIFE_EVENT_REVERSED,
            "a report of something in a person's life was wrong: what it took is given back, but no session",
            "reason",
            "event_id",
            "source",
            "before",
            "state",
            "sessions",
        ),
        _kind(
            COMMUNES_IMPORTED,
            "an operator imported the list of communes of a day",
            "effective",
            "begun",
            "ended",
            history=False,
        ),
        _kind(KEY_GENERATED, "a signing key was made", "kid", "alg", history=False),
        _kind(KEY_ACTIVATED, "a signing key began to sign", "kid", history=False),
        _kind(KEY_RETIRED, "a signing key ceased to sign", "kid", history=False),
        _kind(KEY_ARCHIVED, "a signing key left the JWKS for the history", "kid", history=False),
        _kind(KEY_FORGOTTEN, "a signing key's private part was destroyed", "kid", history=False),
        _kind(KEY_COMPROMISED, "a signing key was declared compromised", "kid", "reason", history=False),
        _kind(DATA_REWRAPPED, "everything sealed was moved to the active key-encryption key", "kek", history=False),
    )
}

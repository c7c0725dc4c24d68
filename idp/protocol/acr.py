"""Authentication context: which `acr` values exist, what a request wishes, and whether a sign-in satisfies it.

OpenID Connect Core §2, §3.1.2.1, §5.5.1.1; EAP ACR Values 1.0 (`phr`, `phrh`). How levels are reached is in authn/.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from idp.kernel.errors import UnmetAuthenticationRequirements
from idp.kernel.level import Level
from idp.protocol.claims_parameter import ClaimsParameter
from idp.protocol.request import AuthorizationRequest


@dataclass(frozen=True, slots=True)
class AcrTarget:
    """A known `acr` value and what satisfies it."""

    value: str
    level: Level
    phishing_resistant: bool = False
    hardware_bound: bool = False


@dataclass(frozen=True, slots=True)
class Reached:
    """What a sign-in bears now, or what a person could reach."""

    level: Level
    phishing_resistant: bool = False
    hardware_bound: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """`preferred`: any one satisfies, the first reachable is pursued; empty: nothing (known) was asked.

    `required`: the essential `acr` claim; None where there is none, empty where no known value could ever meet it.
    """

    preferred: tuple[AcrTarget, ...] = ()
    required: tuple[AcrTarget, ...] | None = None


def url(issuer: str, level: Level) -> str:
    """The `acr` value of a level: `{issuer}/loa/{word}`."""
    return f"{issuer.rstrip('/')}/loa/{level.word}"


def level_of(issuer: str, value: object) -> Level | None:
    """The level that an `acr` URL of this issuer names."""
    return next((level for level in Level if url(issuer, level) == value), None)


def target_of(issuer: str, value: object) -> AcrTarget | None:
    """Our levels and the EAP values; anything else is unknown and ignored."""
    if value == "phr":
        return AcrTarget("phr", Level.LOW, phishing_resistant=True)
    if value == "phrh":
        return AcrTarget("phrh", Level.LOW, phishing_resistant=True, hardware_bound=True)
    level = level_of(issuer, value)
    return None if level is None else AcrTarget(url(issuer, level), level)


def targets(issuer: str, values: Iterable[object]) -> tuple[AcrTarget, ...]:
    """The known values, in their order."""
    found = (target_of(issuer, value) for value in values)
    return tuple(dict.fromkeys(target for target in found if target is not None))


def wish(request: AuthorizationRequest, issuer: str) -> Wish:
    """`acr_values` in their order; a voluntary `acr` claim adds its values behind them; an essential one requires."""
    preferred = list(targets(issuer, request.acr_values))
    required: tuple[AcrTarget, ...] | None = None
    for asked in request.claims.requests("acr"):
        known = targets(issuer, asked.values)
        if not asked.values:
            continue  # any acr will do, and every ID token has one
        if asked.essential:
            required = known if required is None else tuple(target for target in required if target in known)
        else:
            preferred.extend(known)
    return Wish(tuple(dict.fromkeys(preferred)), required)


def satisfied(target: AcrTarget, reached: Reached) -> bool:
    """A listed or higher level satisfies (contract)."""
    return (
        reached.level >= target.level
        and (reached.phishing_resistant or not target.phishing_resistant)
        and (reached.hardware_bound or not target.hardware_bound)
    )


def met(wished: Wish, reached: Reached) -> bool:
    """Whether a sign-in may be used as it stands: enough for `prompt=none`."""
    required = wished.required is None or any(satisfied(target, reached) for target in wished.required)
    return required and (not wished.preferred or any(satisfied(target, reached) for target in wished.preferred))


def pursue(wished: Wish, reachable: Reached) -> AcrTarget | None:
    """What to reach now: the first listed value within reach; None where nothing was asked.

    OpenID Connect Core Error Code unmet_authentication_requirements 1.0, where all known values are out of reach.
    """
    chosen = [_first(listed, reachable) for listed in (wished.required, wished.preferred or None) if listed is not None]
    if not chosen:
        return None
    strongest = max(chosen, key=lambda target: target.level)
    # What is required and what is preferred may differ in kind; reaching their union satisfies both.
    return replace(
        strongest,
        phishing_resistant=any(target.phishing_resistant for target in chosen),
        hardware_bound=any(target.hardware_bound for target in chosen),
    )


def asserted(claims: ClaimsParameter, issuer: str, reached: Reached) -> str:
    """What the ID token says: the level's URL, unless an essential `acr` claim left other values alone (§5.5.1.1)."""
    own = url(issuer, reached.level)
    for asked in claims.requests("acr"):
        known = targets(issuer, asked.values)
        if asked.essential and known and own not in asked.values:
            met = [target for target in known if satisfied(target, reached)]
            return max(met, key=lambda target: target.level).value if met else own
    return own


def still_met(claims: ClaimsParameter, issuer: str, reached: Reached) -> bool:
    """At refresh: an essential `acr` claim binds every ID token of the grant (§5.5.1.1)."""
    return all(
        any(satisfied(target, reached) for target in targets(issuer, asked.values))
        for asked in claims.requests("acr")
        if asked.essential and asked.values
    )


def _first(listed: tuple[AcrTarget, ...], reachable: Reached) -> AcrTarget:
    for target in listed:
        if satisfied(target, reachable):
            return target
    raise UnmetAuthenticationRequirements("none of the requested acr values can be reached")

"""Puts the parts together: keys, stores, machines and policies become the hall that every flow is handed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from idp.authn.channel_standing import ChannelPolicy
from idp.authn.message_code import CodePolicy
from idp.authn.recovery_rules import RecoveryPolicy
from idp.authn.sso_session import Limit, SessionPolicy
from idp.authn.throttle import ThrottlePolicy
from idp.cache import Cache
from idp.crypto.chip.policy import ChipPolicy
from idp.crypto.field_encryption import Vault
from idp.crypto.key_folder import KeyFolder
from idp.crypto.keyed_index import KeyedIndex
from idp.crypto.password_hash import PasswordHash
from idp.crypto.password_workers import PasswordWorkers
from idp.crypto.request_signer import RequestSigner
from idp.crypto.root_keys import RootKeys
from idp.flows.client_directory import ClientDirectory
from idp.flows.hall import Hall
from idp.flows.key_holder import KeyHolder
from idp.flows.policies import Policies
from idp.identity.verification_case import CasePolicy
from idp.kernel.clock import Clock
from idp.kernel.level import Level
from idp.notify.channels import Channels
from idp.notify.email import Email
from idp.notify.policy import EmailPolicy, Sender, SmsPolicy
from idp.notify.sms import Sms
from idp.outgoing import ClientCertificate, Outgoing, OutgoingPolicy, origin_of
from idp.protocol.policy import ProtocolPolicy
from idp.settings import Settings
from idp.storage.database import Database
from idp.upstream.population_register import MAX_ANSWER, TIMEOUT_S, PopulationRegister, RegisterPolicy
from idp.upstream.vneid import Vneid, VneidPolicy

_AT_VNEID_AT_ONCE: Final = 48
_AT_THE_REGISTER_AT_ONCE: Final = 16


@asynccontextmanager
async def hall_of(settings: Settings, clock: Clock) -> AsyncIterator[Hall]:
    """The hall, for as long as it is needed.

    Raises KeyFolderError, UnusableUrl or StorageUnavailable where there is nothing to work with.
    """
    roots = KeyFolder.open(settings.keys_dir)
    vault = Vault(roots.keks, roots.active_kek)
    db = await Database.open(settings.database_url, vault, KeyedIndex(roots.index_key), pool_size=settings.pool_size)
    try:
        hall = await _hall(settings, roots, vault, db, clock)
        try:
            yield hall
        finally:
            hall.passwords.close()
            await hall.chips.close()
            await hall.outgoing.close()
            if hall.vneid is not None:
                await hall.vneid.close()
            if hall.population_register is not None:
                await hall.population_register.close()
            await hall.cache.close()
    finally:
        await db.close()


def policies(settings: Settings) -> Policies:
    """What each floor below is told of the settings."""
    return Policies(
        protocol=ProtocolPolicy(
            issuer=settings.issuer,
            sandbox=settings.is_sandbox,
            code_lifetime=settings.code_lifetime,
            access_token_lifetime=settings.access_token_lifetime,
            id_token_lifetime=settings.id_token_lifetime,
            refresh_idle=settings.refresh_idle,
            refresh_total=settings.refresh_total,
            request_uri_lifetime=settings.request_uri_lifetime,
            service_documentation=settings.service_documentation,
            op_policy_uri=settings.op_policy_uri,
            op_tos_uri=settings.op_tos_uri,
        ),
        sessions=_sessions(settings),
        throttle=_throttle(settings),
        codes=CodePolicy.lenient() if settings.is_sandbox else CodePolicy(),
        channels=ChannelPolicy(settings.channel_silence),
        recovery=RecoveryPolicy(cooling=settings.recovery_cooling),
        cases=CasePolicy(standing=settings.raise_standing, routes=settings.evidence_routes),
        chips=ChipPolicy(
            dg13_optional_since=settings.chip_dg13_optional_since,
            allow_ber=settings.chip_allow_ber,
            allow_stale_crl=settings.chip_allow_stale_crl,
        ),
        rotation=KeyFolder.policy(settings.keys_dir).signing,
        interaction=settings.interaction_lifetime,
    )


def outgoing_policy(settings: Settings) -> OutgoingPolicy:
    return OutgoingPolicy(
        sandbox_loopback=settings.is_sandbox, networks=settings.outgoing_networks, ca_file=settings.ca
    )


def channels(settings: Settings, outgoing: Outgoing) -> Channels:
    """How people are reached outside their browser, as far as this deployment says."""
    sender = Sender({"vi": settings.hub_name, "en": settings.hub_name_en}, settings.issuer, settings.hotline)
    email = sms = None
    if settings.smtp is not None and settings.mail_from is not None:
        policy = EmailPolicy(settings.smtp, settings.mail_from, settings.is_sandbox, settings.ca)
        email = Email(policy, sender)
    if settings.sms_gateway is not None and settings.sms_gateway_token is not None:
        sms = Sms(SmsPolicy(settings.sms_gateway.rstrip("/"), settings.sms_gateway_token), sender, outgoing)
    return Channels(email, sms)


async def _hall(settings: Settings, roots: RootKeys, vault: Vault, db: Database, clock: Clock) -> Hall:
    told = policies(settings)
    outgoing = Outgoing(outgoing_policy(settings))
    return Hall(
        policies=told,
        db=db,
        cache=await Cache.open(settings.redis_url, clock),
        vault=vault,
        roots=roots,
        keys=KeyHolder(db, vault),
        clients=ClientDirectory(db, told.client_cache),
        passwords=PasswordWorkers(PasswordHash()),
        outgoing=outgoing,
        channels=channels(settings, outgoing),
        vneid=_vneid(settings),
        population_register=population_register(settings),
    )


def _vneid(settings: Settings) -> Vneid | None:
    issuer, client_id, secret = settings.vneid_issuer, settings.vneid_client_id, settings.vneid_client_secret
    if issuer is None or client_id is None or secret is None:
        return None
    # Everybody comes through this one door: more of them at once than any service may hold up.
    outgoing = Outgoing(replace(outgoing_policy(settings), per_host=_AT_VNEID_AT_ONCE))
    return Vneid(VneidPolicy(issuer, client_id, secret, f"{settings.issuer}/vneid/callback"), outgoing)


def population_register(settings: Settings) -> PopulationRegister | None:
    """None where this deployment has none. Raises UnusableCertificate or UnusableKey for files that can't be used."""
    url, client_id, signing_key = (
        settings.population_register_url,
        settings.population_register_client_id,
        settings.population_register_signing_key,
    )
    chain, key = settings.population_register_cert, settings.population_register_key
    if url is None or client_id is None or signing_key is None or chain is None or key is None:
        return None
    general = outgoing_policy(settings)
    port = urlsplit(url).port
    policy = replace(
        general,
        ca_file=settings.population_register_ca,
        system_authorities=False,
        only=origin_of(url),
        client_certificate=ClientCertificate(chain, key),
        ports=general.ports | ({port} if port else set()),
        timeout_s=TIMEOUT_S,
        max_bytes=MAX_ANSWER,
        per_host=_AT_THE_REGISTER_AT_ONCE,
    )
    return PopulationRegister(RegisterPolicy(url, client_id), Outgoing(policy), RequestSigner.open(signing_key))


def _throttle(settings: Settings) -> ThrottlePolicy:
    is_lenient = settings.is_sandbox and not settings.strict_throttle
    policy = ThrottlePolicy.lenient() if is_lenient else ThrottlePolicy.strict()
    wait = int(settings.work_wait.total_seconds())
    return replace(policy, work_bits=settings.work_bits, work_wait_seconds=wait)


def _sessions(settings: Settings) -> SessionPolicy:
    return SessionPolicy(
        {
            Level.BASIC: Limit(*settings.session_low),
            Level.LOW: Limit(*settings.session_low),
            Level.SUBSTANTIAL: Limit(*settings.session_substantial),
            Level.HIGH: Limit(*settings.session_high),
        },
        shared=Limit(*settings.session_shared),
    )

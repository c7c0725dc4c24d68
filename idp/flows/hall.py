"""What every flow is handed: stores, machines and policies, put together once at the roof."""

import asyncio
from dataclasses import dataclass, field

from idp.cache import Cache
from idp.crypto.chip.workers import ChipWorkers
from idp.crypto.client_jwe import EncryptionKeys
from idp.crypto.client_jwt import ClientKeys
from idp.crypto.field_encryption import Vault
from idp.crypto.password_workers import PasswordWorkers
from idp.crypto.root_keys import RootKeys
from idp.flows.client_directory import ClientDirectory
from idp.flows.client_keys import ClientKeySets
from idp.flows.client_origins import ClientOrigins
from idp.flows.key_holder import KeyHolder
from idp.flows.policies import Policies
from idp.flows.verified_tokens import VerifiedTokens
from idp.notify.channels import Channels
from idp.outgoing import Outgoing
from idp.storage.database import Database
from idp.upstream.population_register import PopulationRegister
from idp.upstream.vneid import Vneid


@dataclass(frozen=True, slots=True)
class Hall:
    """Shared by all requests of a process; holds no state of any single one."""

    policies: Policies
    db: Database
    cache: Cache
    vault: Vault
    roots: RootKeys
    keys: KeyHolder
    clients: ClientDirectory
    passwords: PasswordWorkers
    outgoing: Outgoing
    # None: this deployment has no connection to VNeID.
    vneid: Vneid | None = None
    # None: nor to the population register.
    population_register: PopulationRegister | None = None
    # No process is started before the first chip comes.
    chips: ChipWorkers = field(default_factory=ChipWorkers)
    channels: Channels = field(default_factory=Channels)
    client_keys: ClientKeySets[ClientKeys] = field(default_factory=lambda: ClientKeySets(ClientKeys.parse))
    encryption_keys: ClientKeySets[EncryptionKeys] = field(default_factory=lambda: ClientKeySets(EncryptionKeys.parse))
    origins: ClientOrigins = field(default_factory=ClientOrigins)
    verified: VerifiedTokens = field(default_factory=VerifiedTokens)
    # Set when a message was put into the outbox, so that its first attempt comes at once.
    outbox_due: asyncio.Event = field(default_factory=asyncio.Event)

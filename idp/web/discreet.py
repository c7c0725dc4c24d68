"""What a service is called on one's own pages: a sensitive one has no name until its reader has proven more."""

from idp.storage.clients import RegisteredClient
from idp.web.catalogue import Translator
from idp.web.context import Service
from idp.web.deps import service_of


def is_hidden(registered: RegisteredClient | None, *, sees_all: bool) -> bool:
    return registered is not None and registered.client.sensitive and not sees_all


def shown(registered: RegisteredClient, t: Translator, *, sees_all: bool) -> Service:
    """Neither name nor agency, address nor picture of a hidden one."""
    if is_hidden(registered, sees_all=sees_all):
        return Service(t("discretion.service"))
    return service_of(registered, t.lang)

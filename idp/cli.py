"""`idp`: the command line of the provider. Each command imports what it needs, so that help is instant."""

import click

from idp.commands.audit import audit
from idp.commands.clients import clients
from idp.commands.communes import communes
from idp.commands.demo import demo
from idp.commands.doctor import doctor
from idp.commands.evidence import evidence
from idp.commands.keys import keys
from idp.commands.migrate import migrate
from idp.commands.officers import officers
from idp.commands.outbox import outbox
from idp.commands.people_life import people
from idp.commands.receipts import receipts
from idp.commands.register import register
from idp.commands.serve import serve
from idp.commands.trust import trust
from idp.commands.upstream import upstream


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Cửa Chung: one login for all of a province's services (OpenID Connect provider).

    Settings come from the environment: `idp serve --help` lists them.
    """


_COMMANDS = (
    *(serve, demo, migrate, keys, clients, people, officers, communes, receipts),
    *(upstream, register, trust, evidence, outbox, audit, doctor),
)
for command in _COMMANDS:
    main.add_command(command)

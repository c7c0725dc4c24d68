"""`python -m sandbox.population_register`: the register on HOST and PORT, its page on PAGE_PORT, its keys in FOLDER.

`python -m sandbox.population_register fault NAME [NUMBER]` switches a fault of the one that runs on PAGE_PORT.
"""

import asyncio
import http.client
import os
import ssl
import sys
from pathlib import Path
from urllib.parse import urlencode

import uvicorn
from joserfc.jwk import ECKey

from sandbox.population_register import certificates
from sandbox.population_register.app import machine_door, people_door
from sandbox.population_register.certificates import Folder
from sandbox.population_register.register import Register


def main() -> None:
    host = os.environ.get("HOST", "127.0.0.1")
    page_port = int(os.environ.get("PAGE_PORT", "8204"))
    if sys.argv[1:2] == ["fault"]:
        switch(host, page_port, *sys.argv[2:4])
        return
    port = int(os.environ.get("PORT", "8205"))
    folder = certificates.make(Path(os.environ.get("FOLDER", "var/population_register")), host)
    register = Register(
        os.environ.get("URL", f"https://{host}:{port}"),
        os.environ.get("CLIENT_ID", "cua-chung"),
        asker=ECKey.import_key(folder.signing_key.read_bytes()),
        key=ECKey.import_key(folder.answer_key.read_bytes()),
    )
    asyncio.run(serve(register, folder, host, port, page_port))


async def serve(register: Register, folder: Folder, host: str, port: int, page_port: int) -> None:
    machines = uvicorn.Config(
        machine_door(register),
        host=host,
        port=port,
        log_level="warning",
        ssl_certfile=folder.server,
        ssl_keyfile=folder.server_key,
        ssl_ca_certs=str(folder.ca),
        ssl_cert_reqs=ssl.CERT_REQUIRED,
    )
    machines.load()

    def show_certificate(expired: bool) -> None:
        # From the next handshake on.
        if machines.ssl is not None:
            machines.ssl.load_cert_chain(folder.expired if expired else folder.server, folder.server_key)

    people = uvicorn.Config(people_door(register, show_certificate), host=host, port=page_port, log_level="warning")
    await asyncio.gather(uvicorn.Server(machines).serve(), uvicorn.Server(people).serve())


def switch(host: str, page_port: int, fault: str, number: str | None = None) -> None:
    asked = {"fault": fault, **({"number": number} if number else {})}
    connection = http.client.HTTPConnection(host, page_port, timeout=5)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/faults", urlencode(asked), headers)
    answer = connection.getresponse()
    print(fault if answer.status == 303 else answer.read().decode())
    sys.exit(0 if answer.status == 303 else 1)


main()

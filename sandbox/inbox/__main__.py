"""`python -m sandbox.inbox`: HOST, PORT (page and SMS gateway), SMTP_PORT, TOKEN (of the gateway). Ctrl-C ends it."""

import asyncio
import os

import uvicorn

from sandbox.inbox import mail
from sandbox.inbox.box import Box
from sandbox.inbox.web import application


async def main() -> None:
    host, port = os.environ.get("HOST") or "127.0.0.1", int(os.environ.get("PORT") or 8201)
    smtp_port = int(os.environ.get("SMTP_PORT") or port + 2)
    box = Box()
    smtp = await mail.serve(box, host, smtp_port)
    config = uvicorn.Config(
        application(box, os.environ.get("TOKEN", "sandbox")),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    try:
        await uvicorn.Server(config).serve()
    finally:
        smtp.close()


if __name__ == "__main__":
    asyncio.run(main())

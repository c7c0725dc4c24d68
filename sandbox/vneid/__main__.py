"""`python -m sandbox.vneid`: the simulator on HOST and PORT, for the hub that VNEID_* and REDIRECT_URI name."""

import os

import uvicorn

from sandbox.vneid.app import app_of
from sandbox.vneid.provider import Registered


def main() -> None:
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8202"))
    told = Registered(
        os.environ.get("VNEID_ISSUER", f"http://{host}:{port}"),
        os.environ.get("VNEID_CLIENT_ID", "cua-chung"),
        os.environ["VNEID_CLIENT_SECRET"],
        os.environ.get("REDIRECT_URI", "http://localhost:8000/vneid/callback"),
    )
    uvicorn.run(app_of(told), host=host, port=port, log_level="warning")


main()

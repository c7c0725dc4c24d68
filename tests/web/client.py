"""A program that talks to an application in this process."""

import httpx
from starlette.types import ASGIApp


def client(app: ASGIApp) -> httpx.AsyncClient:
    """Follows nothing, keeps cookies; an exception that leaves the application fails the test."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8000")

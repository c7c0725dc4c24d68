"""Our own style sheet and scripts, served from memory under names that carry their hash, so caches may keep them."""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "static"
PREFIX = "/static/"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, ready to send."""

    content: bytes
    compressed: bytes
    media_type: str


class Assets:
    """Every file of static/, read once."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._by_name: dict[str, Asset] = {}
        self._hashed: dict[str, str] = {}
        for path in sorted(folder.iterdir()):
            if path.suffix in _TYPES:
                content = path.read_bytes()
                name = f"{path.stem}.{hashlib.sha256(content).hexdigest()[:16]}{path.suffix}"
                self._hashed[path.name] = name
                self._by_name[name] = Asset(content, gzip.compress(content, mtime=0), _TYPES[path.suffix])

    def url(self, name: str) -> str:
        """The address of a file by its plain name."""
        return PREFIX + self._hashed[name]

    def size(self, name: str) -> int:
        return len(self._by_name[self._hashed[name]].content)

    async def serve(self, request: Request) -> Response:
        """`GET /static/{name}`; an old hash is 404, never another version's content."""
        asset = self._by_name.get(request.path_params["name"])
        if asset is None:
            return Response(status_code=404)
        headers = {"cache-control": _FOREVER, "vary": "accept-encoding", "cross-origin-resource-policy": "same-origin"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            return Response(asset.compressed, media_type=asset.media_type, headers=headers)
        return Response(asset.content, media_type=asset.media_type, headers=headers)

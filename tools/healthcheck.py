"""Asks the provider in this container whether it is alive, and exits 0 if so; for HEALTHCHECK, without our packages."""

import os
import ssl
import sys
import urllib.error
import urllib.request


def main() -> int:
    tls = os.environ.get("TLS") == "1"
    # The certificate bears the public name, and this call never leaves the container.
    trust = ssl._create_unverified_context() if tls else None  # noqa: S323, SLF001
    address = f"{'https' if tls else 'http'}://127.0.0.1:{os.environ.get('PORT', '8000')}/healthz"
    try:
        with urllib.request.urlopen(address, timeout=2, context=trust) as answer:  # noqa: S310 - our own address
            return 0 if answer.status == 200 else 1
    except (urllib.error.URLError, OSError):
        return 1


if __name__ == "__main__":
    sys.exit(main())

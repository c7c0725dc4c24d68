"""A worker that can be told to misbehave: what it is asked to verify is the name of its fault."""

import os
import sys
import time
from datetime import datetime

from idp.crypto.chip import worker
from idp.crypto.chip.policy import ChipPolicy
from idp.crypto.chip.result import ChipResult
from idp.crypto.chip.trust import Trust
from idp.crypto.chip.verify import verify


def act(document: bytes, trust: Trust, policy: ChipPolicy, now: datetime) -> ChipResult:
    match document:
        case b"hang":
            time.sleep(600)
        case b"spin":
            while True:
                pass
        case b"eat":
            return ChipResult(None, "x" * (len(bytearray(1 << 30)) and 1))
        case b"die":
            os._exit(3)
        case b"babble":
            sys.stdout.buffer.write(b"\0\0\0\2{}")
            sys.stdout.buffer.flush()
            time.sleep(600)
        case b"flood":
            sys.stdout.buffer.write(b"\xff\xff\xff\xff")
            sys.stdout.buffer.flush()
            time.sleep(600)
        case b"environment":
            return ChipResult(None, ",".join(sorted(os.environ)))
    return verify(document, trust, policy, now)


if __name__ == "__main__":
    worker.main(act)

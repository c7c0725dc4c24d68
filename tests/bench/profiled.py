"""The provider under cProfile: `python -m tests.bench.profiled FILE` serves until SIGTERM, then writes FILE."""

import cProfile
import os
import signal
import sys
import time

from idp.server import run
from idp.settings import load


def main() -> None:
    # uvicorn ends in order at SIGTERM, and then sends it once more to itself: that one must not be the end.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    profile = cProfile.Profile(time.thread_time)
    profile.enable()
    try:
        run(load(os.environ))
    finally:
        profile.disable()
        profile.dump_stats(sys.argv[1])


if __name__ == "__main__":
    main()

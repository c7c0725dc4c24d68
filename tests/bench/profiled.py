"""The provider under cProfile: `python -m tests.bench.profiled FILE` serves; from SIGUSR1 to its end it is watched."""

import cProfile
import os
import signal
import sys
import time

from idp.server import run
from idp.settings import load


def main() -> None:
    # Other processes share the machine: only the thread's own time says what a function costs.
    profile = cProfile.Profile(time.thread_time)
    signal.signal(signal.SIGUSR1, lambda *_: profile.enable())
    # uvicorn ends in order at SIGTERM, and then sends it once more to itself: that one must not be the end.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        run(load(os.environ))
    finally:
        profile.disable()
        profile.dump_stats(sys.argv[1])


if __name__ == "__main__":
    main()

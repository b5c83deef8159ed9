"""One contender without the start of its interpreter: imports and builds everything, then times the work alone.

Started as `python -m bench.warm triage CONFIG` or `python -m bench.warm script IMAP_PORT USER PASSWORD SMTP_PORT`;
prints seconds and seconds of CPU as JSON. A process of its own for each, so that none pays for the other's imports.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module


def main() -> None:
    work = import_module(f"bench.warm_{sys.argv[1]}").prepare(sys.argv[2:])
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    print(json.dumps({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}))


if __name__ == "__main__":
    main()

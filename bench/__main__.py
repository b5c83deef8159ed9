"""`python -m bench [NAME ...] [--quick]`: runs the named measurements, or all of them, one after the other."""

from __future__ import annotations

import argparse
import importlib

from bench.figures import conditions

NAMES = ("reply", "fetch", "idle_poll", "memory", "durability", "latency", "throughput")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(NAMES)}; default: all")
    parser.add_argument("--quick", action="store_true", help="few and small rounds, to see whether it works at all")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        parser.error(f"there is no measurement named {unknown[0]}; choose from {', '.join(NAMES)}")
    for name in options.names or NAMES:
        print(f"\n## {name}\n{conditions()}\n", flush=True)
        importlib.import_module(f"bench.{name}").run(quick=options.quick)


if __name__ == "__main__":
    main()

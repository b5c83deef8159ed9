"""Speed and memory, measured: `python -m bench [NAME ...]` prints tables, and docs/performance.md keeps them.

Invented mail on loopback only. Nothing here is a test: figures swing with the machine, so what is compared runs in
turns within one run, and medians are shown.
"""

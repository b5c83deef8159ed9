"""Free loopback ports for test servers, and waiting until a server answers on one; never a sleep that hopes."""

from __future__ import annotations

import socket
import time


def free_port() -> int:
    """A loopback TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_greeting(port: int, seconds: float = 10.0) -> None:
    """Return as soon as a server on loopback sends its first bytes.

    Raises:
        TimeoutError: no server spoke within `seconds`.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection:
                if connection.recv(1):
                    return
        except OSError:
            pass
        time.sleep(0.01)
    raise TimeoutError(f"nothing answered on port {port} within {seconds} s")

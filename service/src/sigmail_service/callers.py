"""Who calls: the address behind trusted proxies, and the rate that each caller has."""

from __future__ import annotations

import ipaddress
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

from flask import Flask, current_app, g, request

from sigmail_service.limiter import TokenBuckets, whole_seconds
from sigmail_service.problems import Problem
from sigmail_service.settings import Settings

__all__ = [
    "BUCKETS_VARIABLE",
    "address_of",
    "caller",
    "caller_name",
    "charge",
    "charge_caller",
    "has_rate",
    "init_app",
    "pace",
]

# `sigmail serve` names the file of the buckets to its workers in this variable.
BUCKETS_VARIABLE = "SIGMAIL_INTERNAL_BUCKETS"

_BUCKETS = "sigmail.buckets"
_PROXIES = "sigmail.proxies"
# A household or a company holds a whole /64 of IPv6 addresses.
_IPV6_PREFIX = 64

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def init_app(app: Flask, settings: Settings) -> None:
    """Read the trusted proxies, and open the buckets if there is a rate limit."""
    app.extensions[_PROXIES] = list(settings.trusted_proxies)
    path = os.environ.get(BUCKETS_VARIABLE)
    buckets = TokenBuckets(Path(path), settings.rate, settings.burst) if path and settings.rate else None
    app.extensions[_BUCKETS] = buckets


def caller() -> str:
    """Return the name of the bucket of the current request's caller."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    return caller_name(current_app, g.get("key_id"), request.remote_addr or "", forwarded)


def caller_name(app: Flask, key_id: str | None, peer: str, forwarded: str) -> str:
    """Return the name of a caller's bucket: the key, or the address, for IPv6 its /64 network."""
    if key_id is not None:
        return f"key {key_id}"
    proxies = cast("list[_Network]", app.extensions[_PROXIES])
    address = address_of(peer, forwarded, proxies)
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, _IPV6_PREFIX), strict=False))
    return str(parsed)


def address_of(peer: str, forwarded: str, proxies: list[_Network]) -> str:
    """Return the address of a caller: the nearest one that is no trusted proxy.

    Parameters
    ----------
    peer
        The address of the connection.
    forwarded
        The header X-Forwarded-For; believed only as far as trusted proxies wrote it.
    proxies
        The networks of the trusted proxies.
    """
    chain = [part.strip() for part in forwarded.split(",") if part.strip()]
    address = peer
    while chain and _is_in(address, proxies):
        address = chain.pop()
    return address


def charge(cost: float = 1.0) -> None:
    """Take the cost of this request from the caller's bucket; `Problem` if it is empty."""
    charge_caller(current_app, caller, cost)


def has_rate(app: Flask) -> bool:
    """Return whether an application limits the rate of its callers."""
    return app.extensions[_BUCKETS] is not None


def charge_caller(app: Flask, name: Callable[[], str], cost: float = 1.0) -> None:
    """Take a cost from the bucket of a caller, whose name is asked for only if there is a rate limit."""
    buckets = cast("TokenBuckets | None", app.extensions[_BUCKETS])
    if buckets is None:
        return
    wait = buckets.take(name(), cost)
    if wait > 0.0:
        headers = {"Retry-After": whole_seconds(wait)}
        raise Problem(
            "too-many-requests", "You have sent more messages than the rate allows.", headers=headers
        )


def pace() -> Callable[[int], None]:
    """Return a function that takes the cost of a part of a stream, and waits until the caller can pay it."""
    buckets = cast("TokenBuckets | None", current_app.extensions[_BUCKETS])
    if buckets is None:
        return lambda _cost: None
    name = caller()

    def pay(cost: int) -> None:
        while (wait := buckets.take(name, cost)) > 0.0:
            time.sleep(wait)

    return pay


def _is_in(address: str, networks: list[_Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)

"""The service beside an empty route and other filters: the same mails, in turns, on the same machine."""

from service_bench.rivals.measure import measure

__all__ = ["measure"]

"""Addresses that only this machine can reach."""

from ipaddress import ip_address


def loopback(host: str) -> bool:
    """Return whether an address or name can only mean this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False

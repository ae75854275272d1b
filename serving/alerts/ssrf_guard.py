"""Guard against server-side request forgery: a receiver's name is resolved once, and only a checked address is connected to.

DNS rebinding (one address for the check, another for the connection) has no effect, as there is one resolution.
"""

import ipaddress
import socket
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError

NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""Addresses that a gateway turns into IPv4 ones (RFC 6052)."""


class PrivateAddressError(ValueError):
    """A receiver's name leads to an address that is not public."""


def is_public(address: str) -> bool:
    """Return whether an address is public: not private, loopback, link-local or multicast, also when embedded in IPv6."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip in NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip.sixtofour is not None or ip.teredo is not None:
            return False
    return ip.is_global and not ip.is_multicast


class _Checked(HTTPConnection):
    """Connects to an address that was checked; the name stays that of the certificate and of the Host header."""

    def _new_conn(self) -> socket.socket:
        name = self.host
        try:
            resolved = socket.getaddrinfo(name, self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(name, self, error) from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in resolved))
        refused = [address for address in addresses if not is_public(address)]
        if refused:
            raise PrivateAddressError(f"{name} leads to {refused[0]}, which is not a public address")
        for address in addresses[:-1]:
            try:
                return self._connected(address, name)
            except NewConnectionError:
                continue
        return self._connected(addresses[-1], name)

    def _connected(self, address: str, name: str) -> socket.socket:
        self.host = address
        try:
            return super()._new_conn()
        finally:
            self.host = name


class _CheckedTls(_Checked, HTTPSConnection):
    """The same with TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Checked


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _CheckedTls


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **keywords: Any) -> None:
        super().init_poolmanager(*arguments, **keywords)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


def delivery_session(*, allow_private: bool) -> requests.Session:
    """Return a session for deliveries, without the environment's proxies and logins: they would connect unchecked."""
    session = requests.Session()
    session.trust_env = False
    if not allow_private:
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Adapter())
    return session

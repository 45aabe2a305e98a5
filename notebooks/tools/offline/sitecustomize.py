"""No network: `notebooks.tools.kernels` puts this folder first on PYTHONPATH, so that every Python loads it.

A connection, a datagram or a look-up of a name that leaves this machine raises the OSError of a machine
without a network, whoever asks: an audit hook sees `socket` below all libraries and cannot be taken off.
It does not see sockets of compiled code and of other programs. `kernels` names them a proxy that is none,
which stops what respects that, such as curl, git and pip. What ignores it, or starts Python isolated, is not
stopped.
"""

import errno
import ipaddress
import sys

_TO = {"socket.connect", "socket.sendto", "socket.sendmsg"}  # (socket, address)
_NAMES = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}  # (host, ...)


def _stays(host):
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse(event, arguments):
    if event in _TO:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a text is a socket of this machine
    elif event in _NAMES:
        host = arguments[0]
    else:
        return
    if not _stays(host):
        said = f"notebooks are executed without a network, and this asked for {host!r}"
        raise OSError(errno.ENETUNREACH, said)


sys.addaudithook(_refuse)

"""TensorBoard event files, without TensorBoard: records framed by checksums, each a small protobuf message.

A record is a length (uint64), its masked CRC-32C, the message, and the CRC of that (TFRecord). Of the message
`Event` only `step` (field 2) and the scalars of `summary` (field 5) are read. TensorBoard itself is no
dependency: it brings a web server and a build of protobuf to read two numbers.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from lrlib.rules import Refused

POLYNOMIAL = 0x82F63B78  # CRC-32C, reflected
LARGEST = 1 << 16  # of a message that may be a scalar; pictures and graphs are passed over


def _table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (POLYNOMIAL if byte & 1 else 0)
        table.append(byte)
    return table


TABLE = _table()


def crc32c(content: bytes) -> int:
    """The checksum of RFC 3720.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    crc = 0xFFFFFFFF
    for byte in content:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def masked(content: bytes) -> bytes:
    """The checksum as it is stored: rotated, and moved by a constant."""
    crc = crc32c(content)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def begins(head: bytes) -> bool:
    """Whether a file that begins so is one of records."""
    return len(head) >= 12 and masked(head[:8]) == head[8:12]


def scalars(path: Path, notes: list[str]) -> Iterator[tuple[int, dict]]:
    """(number of the record, its tag, step and value), for each scalar of a file.

    A last record that is not whole, as after a crash, ends the file and is noted. Refused for one that is
    not what was written.
    """
    with path.open("rb") as file:
        for number in range(1, 1 << 62):
            head = file.read(12)
            if not head:
                return
            if len(head) == 12 and masked(head[:8]) != head[8:]:
                raise Refused(f"{path.name}, record {number}: expected a length that fits its checksum")
            size = struct.unpack("<Q", head[:8])[0] if len(head) == 12 else 0
            content, tail = file.read(size), file.read(4)
            if len(head) < 12 or len(tail) < 4:
                notes.append("its last record is cut off")
                return
            if size <= LARGEST:
                if masked(content) != tail:
                    raise Refused(f"{path.name}, record {number}: expected content that fits its checksum")
                yield from _scalars(path, number, content)


def _scalars(path: Path, number: int, content: bytes) -> Iterator[tuple[int, dict]]:
    try:
        event = list(fields(content))
        step = next((value for field, value in event if field == 2), 0)
        for summary in (value for field, value in event if field == 5):
            for _, each in fields(summary):
                one = dict(fields(each))
                if 1 in one and (value := _value(one)) is not None:
                    yield number, {"tag": one[1].decode("utf-8", "replace"), "step": step, "value": value}
    except (IndexError, struct.error, TypeError, AttributeError):
        raise Refused(f"{path.name}, record {number}: expected an event of TensorBoard") from None


def _value(one: dict) -> float | None:
    if 2 in one:  # simple_value
        return struct.unpack("<f", one[2])[0]
    tensor = dict(fields(one[8])) if 8 in one else {}
    form, size = {1: ("<f", 4), 2: ("<d", 8)}.get(tensor.get(1), ("", 0))  # DT_FLOAT, DT_DOUBLE
    raw = tensor.get(4) or tensor.get(5) or tensor.get(6)  # tensor_content, float_val, double_val
    return struct.unpack(form, raw)[0] if size and raw and len(raw) == size else None


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a protobuf message: (number, whole number or bytes)."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(message, at)
        else:
            size, at = _varint(message, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
            value, at = message[at : at + size], at + size
            if len(value) < size:
                raise IndexError
        yield key >> 3, value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte, at = message[at], at + 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7

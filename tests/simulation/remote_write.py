"""Prometheus remote write 1.0 by hand: the few protobuf fields, and snappy without compressing.

WriteRequest{1: TimeSeries{1: Label{1: name, 2: value}, 2: Sample{1: double, 2: int64 ms}}}, see
https://prometheus.io/docs/specs/prw/remote_write_spec/. A snappy block is its length as a varint
and then elements; one literal element with a 4-byte length may hold all of the data, see
https://github.com/google/snappy/blob/main/format_description.txt.
"""

from __future__ import annotations

import http.client
import struct
from collections.abc import Iterable
from itertools import groupby
from urllib.parse import urlsplit

STALE_MARKER = struct.pack("<Q", 0x7FF0000000000002)
_LITERAL_WITH_4_BYTE_LENGTH = b"\xfc"


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def chunk(field: int, content: bytes) -> bytes:
    """A length-delimited field."""
    return varint(field << 3 | 2) + varint(len(content)) + content


def encode_labels(labels: dict[str, str]) -> bytes:
    """The label fields of a TimeSeries, sorted; an empty value is no label."""
    return b"".join(
        chunk(1, chunk(1, name.encode()) + chunk(2, value.encode()))
        for name, value in sorted(labels.items())
        if value
    )


def double(value: float) -> bytes:
    return struct.pack("<d", value)


def sample_head(value: bytes) -> bytes:
    """The start of a Sample field with this value; sample_time() completes it.

    Its length byte is right for times of 6 varint bytes, which are those between 1971 and 2109.
    """
    return b"\x12\x10\x09" + value


def sample_time(milliseconds: int) -> bytes:
    encoded = varint(milliseconds)
    assert len(encoded) == 6, milliseconds
    return b"\x10" + encoded


def snappy(data: bytes) -> bytes:
    return varint(len(data)) + _LITERAL_WITH_4_BYTE_LENGTH + struct.pack("<I", len(data) - 1) + data


class RemoteWriter:
    """Sends encoded time series to a receiver over one connection. Not thread-safe."""

    MAX_BYTES = 8 << 20

    def __init__(self, url: str, timeout: float = 60.0):
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
        self._path = parts.path
        self._pending: list[bytes] = []
        self._size = 0

    def add(self, labels: bytes, samples: bytes) -> None:
        self._pending.append(chunk(1, labels + samples))
        self._size += len(self._pending[-1])
        if self._size >= self.MAX_BYTES:
            self.flush()

    def flush(self) -> None:
        """Sends what is pending; raises when the receiver refuses it."""
        if not self._pending:
            return
        self._connection.request(
            "POST",
            self._path,
            snappy(b"".join(self._pending)),
            {
                "Content-Encoding": "snappy",
                "Content-Type": "application/x-protobuf",
                "X-Prometheus-Remote-Write-Version": "0.1.0",
            },
        )
        response = self._connection.getresponse()
        answer = response.read()
        if response.status // 100 != 2:
            raise RuntimeError(f"remote write refused: {response.status} {answer[:500]!r}")
        self._pending, self._size = [], 0

    def close(self) -> None:
        self.flush()
        self._connection.close()


def write_series(
    url: str,
    series: Iterable[tuple[dict[str, str], list[tuple[float, float]]]],
    batch: float = 1200.0,
) -> None:
    """Writes series given as (labels, [(Unix seconds, value)]), all of them `batch` by `batch`.

    Prometheus takes nothing that is an hour older than its newest sample.
    """
    writer = RemoteWriter(url)
    slices: dict[int, list[tuple[bytes, list[bytes]]]] = {}
    for labels, samples in series:
        encoded = encode_labels(labels)
        for number, part in groupby(samples, lambda sample: int(sample[0] // batch)):
            parts = [sample_head(double(value)) + sample_time(round(t * 1000)) for t, value in part]
            slices.setdefault(number, []).append((encoded, parts))
    for number in sorted(slices):
        for encoded, parts in slices[number]:
            writer.add(encoded, b"".join(parts))
        writer.flush()
    writer.close()

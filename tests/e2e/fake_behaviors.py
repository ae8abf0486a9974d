"""How a FakePrometheus answers one request. Each function makes a behavior."""
from __future__ import annotations

import json
import zlib
from decimal import Decimal
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from fake_prometheus import Behavior, Exchange, Request

JSON = {"Content-Type": "application/json"}
MATRIX_HEAD = b'{"status":"success","data":{"resultType":"matrix","result":['
MATRIX_TAIL = b"]}}"
PIECE = 256 * 1024

# What Prometheus calls the errors that come with a status.
ERROR_TYPES = {400: "bad_data", 404: "not_found", 422: "execution", 500: "internal",
               503: "unavailable", 504: "timeout"}


def grid_of(request: Request) -> list[Decimal]:
    """The times that a range query asks for, in seconds."""
    start, end, step = (Decimal(request.form[name]) for name in ("start", "end", "step"))
    return [start + i * step for i in range(int((end - start) / step) + 1)]


def _points(request: Request, value: str) -> bytes:
    return ",".join(f'[{time},"{value}"]' for time in grid_of(request)).encode()


def _series(labels: dict[str, str], points: bytes) -> bytes:
    return b'{"metric":' + json.dumps(labels).encode() + b',"values":[' + points + b"]}"


def _stream(exchange: Exchange, pieces: Callable[[int], bytes]) -> None:
    """Writes pieces(0), pieces(1), ... until one is empty or nobody listens any more."""
    index = 0
    while not exchange.stopping.is_set() and (piece := pieces(index)):
        exchange.write(piece)
        index += 1


def status(code: int, message: str = "", retry_after: int | None = None,
           error_type: str | None = None) -> Behavior:
    """An error as Prometheus itself words it."""
    def behave(exchange: Exchange) -> None:
        body = {"status": "error", "errorType": error_type or ERROR_TYPES.get(code, "internal"),
                "error": message or f"the fake was told to answer {code}"}
        headers = JSON if retry_after is None else {**JSON, "Retry-After": str(retry_after)}
        exchange.reply(code, json.dumps(body).encode(), headers)
    return behave


def body(text: str | bytes, code: int = 200, content_type: str = "application/json",
         headers: dict[str, str] | None = None) -> Behavior:
    """These bytes, whatever was asked."""
    data = text.encode() if isinstance(text, str) else text
    return lambda exchange: exchange.reply(code, data,
                                           {"Content-Type": content_type, **(headers or {})})


def html(code: int = 200) -> Behavior:
    """The page of a proxy that stands in the way."""
    page = f"<html>\r\n<head><title>{code}</title></head>\r\n<body><h1>Sign in</h1></body></html>"
    return body(page, code, "text/html")


def matrix(series: int = 1, value: str = "1", name: str = "fake",
           warnings: tuple[str, ...] = ()) -> Behavior:
    """A good answer: that many series with a sample at every point of the grid."""
    def behave(exchange: Exchange) -> None:
        points = _points(exchange.request, value)
        result = b",".join(_series({"__name__": name, "i": str(i)}, points)
                           for i in range(series))
        tail = b']},"warnings":' + json.dumps(warnings).encode() + b"}" if warnings else MATRIX_TAIL
        exchange.reply(200, MATRIX_HEAD + result + tail, JSON)
    return behave


def giant(size: int, points: int) -> Behavior:
    """Good answers: so many series that a window of so many points, asked for in one query or in
    several, has at least that many bytes."""
    def behave(exchange: Exchange) -> None:
        values = _points(exchange.request, "0.123456789012345")
        tail = b'"},"values":[' + values + b"]}"
        head = b',{"metric":{"__name__":"giant","i":"'
        count = size * len(grid_of(exchange.request)) // ((len(values) + 1) * points) + 1
        per_piece = max(1, PIECE // (len(head) + len(tail)))

        def piece(index: int) -> bytes:
            numbers = range(index * per_piece, min(count, (index + 1) * per_piece))
            text = b"".join(head + b"%d" % i + tail for i in numbers)
            return text[1:] if index == 0 else text

        exchange.start(200, JSON)
        exchange.write(MATRIX_HEAD)
        _stream(exchange, piece)
        exchange.write(MATRIX_TAIL)
    return behave


def endless() -> Behavior:
    """Series after series, without end."""
    def behave(exchange: Exchange) -> None:
        points = _points(exchange.request, "1")
        exchange.start(200, JSON)
        exchange.write(MATRIX_HEAD)
        _stream(exchange, lambda i: (b"," if i else b"") + _series({"i": str(i)}, points))
    return behave


def endless_series() -> Behavior:
    """One series whose samples never end."""
    def behave(exchange: Exchange) -> None:
        start = int(Decimal(exchange.request.form["start"]))
        exchange.start(200, JSON)
        exchange.write(MATRIX_HEAD + b'{"metric":{"i":"0"},"values":[[0,"1"]')
        _stream(exchange, lambda i: b"".join(
            b',[%d,"1"]' % (start + i * 4096 + j) for j in range(4096)))
    return behave


def gzip_bomb(size: int = 64 << 30) -> Behavior:
    """A matrix of one endless label value that unpacks a thousandfold."""
    def behave(exchange: Exchange) -> None:
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        filler = b"x" * (16 << 20)
        head = packer.compress(MATRIX_HEAD + b'{"metric":{"i":"')
        packed = [head + packer.compress(filler) + packer.flush(zlib.Z_SYNC_FLUSH),
                  packer.compress(filler) + packer.flush(zlib.Z_SYNC_FLUSH)]
        exchange.start(200, {**JSON, "Content-Encoding": "gzip"})
        # Byte-aligned, and it refers to nothing but x: the second block can come again and again.
        _stream(exchange, lambda i: packed[min(i, 1)] if i < size // len(filler) else b"")
    return behave


def hang() -> Behavior:
    """Takes the request and says nothing."""
    def behave(exchange: Exchange) -> None:
        exchange.stopping.wait()
        exchange.hang_up()
    return behave


def trickle(interval: float = 1.0) -> Behavior:
    """One byte at a time."""
    def behave(exchange: Exchange) -> None:
        exchange.start(200, JSON)
        text = MATRIX_HEAD + b" " * 1_000_000
        for i in range(len(text)):
            exchange.write(text[i:i + 1])
            if exchange.stopping.wait(interval):
                break
    return behave


def break_after(size: int) -> Behavior:
    """Hangs up after that many bytes of a good answer; 0 is before the status line."""
    def behave(exchange: Exchange) -> None:
        exchange.hang_up()
        if size == 0:
            return
        text = MATRIX_HEAD + _series({"i": "0"}, _points(exchange.request, "1")) + MATRIX_TAIL
        text += b" " * max(0, size - len(text))
        exchange.start(200, {**JSON, "Content-Length": str(len(text) + 1)})
        exchange.write(text[:size])
    return behave


def redirect(to: str, code: int = 307) -> Behavior:
    """To another path of this host, or to a whole URL; what arrives there is the next request."""
    return body("", code, "text/plain", {"Location": to})

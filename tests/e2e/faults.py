"""Everything that a source can answer wrongly, each with the reason that the daemon must count it under.

The faults come from one server side by side: an expression `fault_NAME` is answered by the fault of that name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import fake_behaviors as fake
from fake_behaviors import MATRIX_HEAD, MATRIX_TAIL, grid_of

if TYPE_CHECKING:
    from fake_prometheus import Behavior, Exchange

# The daemon under test gets these; small, so that what is endless ends soon.
LIMITS = {"QUERY_MAX_REPLY_BYTES": "2MiB", "QUERY_MAX_SERIES_BYTES": "256KiB", "QUERY_TIMEOUT": "2s"}


def series(metric: bytes = b'{"i":"0"}', value: bytes = b'"1"') -> Behavior:
    """One series with a sample at every point of the grid; label set and value as they stand in JSON."""
    def behave(exchange: Exchange) -> None:
        points = b",".join(b"[%s,%s]" % (str(time).encode(), value) for time in grid_of(exchange.request))
        one = b'{"metric":' + metric + b',"values":[' + points + b"]}"
        exchange.reply(200, MATRIX_HEAD + one + MATRIX_TAIL, fake.JSON)
    return behave


def labeled(count: int, text: str) -> Behavior:
    """That many series, each with a label of that text: a long page for who scrapes it."""
    def behave(exchange: Exchange) -> None:
        points = ",".join(f'[{time},"1"]' for time in grid_of(exchange.request))
        result = ",".join(f'{{"metric":{{"i":"{i}","text":"{text}"}},"values":[{points}]}}' for i in range(count))
        exchange.reply(200, MATRIX_HEAD + result.encode() + MATRIX_TAIL, fake.JSON)
    return behave


def by_expression(behaviors: dict[str, Behavior], default: Behavior) -> Behavior:
    """Each expression has an answer of its own."""
    return lambda exchange: behaviors.get(exchange.request.form.get("query", ""), default)(exchange)


def repeated(between: str) -> Behavior:
    """The points of the grid twice, with this text between: one series or two with the same labels."""
    def behave(exchange: Exchange) -> None:
        points = ",".join(f'[{time},"1"]' for time in grid_of(exchange.request))
        result = f'{{"metric":{{"i":"0"}},"values":[{points}{between}{points}]}}'
        exchange.reply(200, MATRIX_HEAD + result.encode() + MATRIX_TAIL, fake.JSON)
    return behave


def endless_headers() -> Behavior:
    def behave(exchange: Exchange) -> None:
        exchange.hang_up()
        exchange.write(b"HTTP/1.1 200 OK\r\n")
        while not exchange.stopping.is_set():
            exchange.write(b"X-Filler: %s\r\n" % (b"x" * 1000))
    return behave


def no_http() -> Behavior:
    def behave(exchange: Exchange) -> None:
        exchange.hang_up()
        exchange.write(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
    return behave


def redirect_to_same_host() -> Behavior:
    """Leads to another path on the same host, which answers well."""
    def behave(exchange: Exchange) -> None:
        moved = exchange.request.path.startswith("/moved")
        (fake.matrix() if moved else fake.redirect("/moved" + exchange.request.path))(exchange)
    return behave


@dataclass(frozen=True)
class Fault:
    behavior: Behavior
    reason: str
    words: str  # what the log line must say


def reply_of(result_type: str, result: str) -> Behavior:
    return fake.body(f'{{"status":"success","data":{{"resultType":"{result_type}","result":{result}}}}}')


def status_faults() -> dict[str, Fault]:
    return {
        "status_400": Fault(fake.status(400, "parse error: bad"), "query_error", "parse error: bad"),
        "status_401": Fault(fake.status(401), "unauthorized", "401"),
        "status_403": Fault(fake.status(403), "unauthorized", "PROMETHEUS_SELDON_TOKEN"),
        "status_404": Fault(fake.html(404), "http_status", "path prefix"),
        "status_422": Fault(fake.status(422, "many-to-many matching not allowed"), "query_error", "many-to-many"),
        "status_422_too_big": Fault(fake.status(422, "query processing would load too many samples into memory"),
                             "query_too_large", "too many samples"),
        "status_413": Fault(fake.html(413), "query_too_large", "413"),
        "status_429": Fault(fake.status(429), "throttled", "429"),
        "status_500": Fault(fake.status(500, "disk on fire"), "unavailable", "disk on fire"),
        "status_502": Fault(fake.html(502), "unavailable", "502"),
        "status_503_timeout": Fault(fake.status(503, "query timed out in expression evaluation", error_type="timeout"),
                             "timeout", "--query.timeout"),
        "status_504": Fault(fake.html(504), "timeout", "504"),
        "hang": Fault(fake.hang(), "timeout", "did not answer in time"),
        "trickle": Fault(fake.trickle(0.2), "timeout", "did not answer in time"),
        "hang_up": Fault(fake.break_after(0), "connect", "cannot be reached"),
        "break": Fault(fake.break_after(100), "transfer_broken", "broke off"),
        "endless": Fault(fake.endless(), "reply_too_large", "--query.max-reply-bytes"),
        "endless_series": Fault(fake.endless_series(), "reply_too_large", "--query.max-series-bytes"),
        "gzip_bomb": Fault(fake.gzip_bomb(), "reply_too_large", "larger than"),
        "endless_headers": Fault(endless_headers(), "malformed_reply", "headers"),
        "no_http": Fault(no_http(), "malformed_reply", "HTTP"),
        "no_gzip": Fault(fake.body("no gzip", headers={"Content-Encoding": "gzip"}), "malformed_reply", "HTTP"),
        "redirect_loop": Fault(fake.redirect("/again"), "redirect", "too many"),
        "redirect_elsewhere": Fault(fake.redirect("http://localhost:9/api/v1/query_range"), "redirect",
                                    "another host, localhost"),
        "redirect_to_file": Fault(fake.redirect("file:///etc/passwd"), "redirect", "no http or https"),
    }


def body_faults() -> dict[str, Fault]:
    bodies = {
        "html": fake.html(), "empty_body": fake.body(""), "vector": reply_of("vector", "[]"),
        "scalar": reply_of("scalar", '[1,"1"]'), "string": reply_of("string", '[1,"1"]'),
        "null_data": fake.body('{"status":"success","data":null}'), "no_data": fake.body('{"status":"success"}'),
        "null_result": reply_of("matrix", "null"), "array": fake.body("[]"),
        "truncated": fake.body(MATRIX_HEAD + b'{"metric":{"i":"0"},"values":[[1'),
        "tail": fake.body(MATRIX_HEAD + MATRIX_TAIL + b"{}"),
        "decimal_comma": series(value=b'"1,5"'), "word": series(value=b'"many"'), "hex": series(value=b'"0x10"'),
        "no_digits": series(value=b'""'), "bare_number": series(value=b"1"), "bare_nan": series(value=b"NaN"),
        "two_signs": series(value=b'"--1"'), "null_value": series(value=b"null"),
        "raw_control_character": series(metric=b'{"i":"a\x01b"}'), "raw_newline": series(metric=b'{"i":"a\nb"}'),
        "invalid_utf8": series(metric=b'{"i":"a\xff\xfeb"}'), "overlong_utf8": series(metric=b'{"i":"\xc0\xaf"}'),
        "lone_surrogate": series(metric=b'{"i":"\\ud800"}'), "label_is_number": series(metric=b'{"i":1}'),
        "label_twice": series(metric=b'{"i":"1","i":"2"}'), "no_labels": series(metric=b"null"),
        "off_the_grid": fake.body(MATRIX_HEAD + b'{"metric":{},"values":[[7,"1"]]}' + MATRIX_TAIL),
        "deep": fake.body(b'{"status":"success","data":' + b"[" * 10_000),
    }
    faults = {name: Fault(behavior, "malformed_reply", "") for name, behavior in bodies.items()}
    faults["error_with_200"] = Fault(fake.body('{"status":"error","errorType":"internal","error":"gone wrong"}'),
                                     "query_error", "gone wrong")
    faults["duplicate_series"] = Fault(repeated(']},{"metric":{"i":"0"},"values":['), "duplicate_series", "two series")
    faults["time_goes_back"] = Fault(repeated(","), "malformed_reply", "do not rise")
    return faults


FAULTS: dict[str, Fault] = status_faults() | body_faults()

"""The root logger as AWS's Python runtime sets it up: text or JSON, one event a record."""

import json
import logging
import time

TEXT_FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
TIME_FORMAT = "%Y-%m-%dT%H:%M:%S"
_LEVELS = {"TRACE": logging.NOTSET, "FATAL": logging.CRITICAL}
_STANDARD = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {"message", "asctime", "aws_request_id"}


class Handler(logging.Handler):
    def __init__(self, output):
        super().__init__()
        self._output = output

    def emit(self, record):
        try:
            self._output.record(self.format(record))
        except Exception:
            self.handleError(record)


class RequestId(logging.Filter):
    """Gives every record the id of the invocation under way."""

    current = ""

    def filter(self, record):
        record.aws_request_id = self.current
        return True


class JsonFormatter(logging.Formatter):
    """AWS: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html"""

    converter = time.gmtime

    def format(self, record):
        line = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info:
            kind, error, trace = record.exc_info
            line["stackTrace"] = _trace(trace)
            line["errorType"] = kind.__name__ if kind else None
            line["errorMessage"] = str(error)
            line["location"] = "%s:%s:%d" % (record.pathname, record.funcName, record.lineno)
        line["requestId"] = getattr(record, "aws_request_id", "")
        for name, value in vars(record).items():
            if name not in _STANDARD and name not in line:
                line[name] = value
        return json.dumps({k: v for k, v in line.items() if v is not None}, default=str) + "\n"


def set_up(output, log_format, level):
    """The root logger writes to `output`; returns the filter whose `current` is the request id to show."""
    request_id = RequestId()
    handler = Handler(output)
    handler.addFilter(request_id)
    if log_format == "JSON":
        handler.setFormatter(JsonFormatter())
        level = level or "INFO"
    else:
        formatter = logging.Formatter(TEXT_FORMAT, TIME_FORMAT)
        formatter.converter = time.gmtime
        handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    if level:
        root.setLevel(_LEVELS.get(level) or getattr(logging, level, logging.WARNING))
    return request_id


def _trace(trace):
    import traceback

    return [line.rstrip("\n") for line in traceback.format_tb(trace)] if trace else None

"""The life of a Python function: variables, search path, import of the handler, invocation after invocation."""

import importlib
import io
import json
import os
import resource
import sys
import threading
import time
import traceback

from . import debugging, isolate, logs
from .audit import ClientWatch
from .context import LambdaContext
from .imports import is_wrapper
from .output import Output
from .preloaded import Preloaded

_OWN_FOLDER = os.path.dirname(os.path.abspath(__file__))
_LIBRARY = os.path.dirname(os.__file__)
_NO_BREAK_SPACE = "\u00a0"
_UNICODE_SINCE = (3, 12)
_LONGEST_HEADER = 4096
_REFRESHED = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API")
"""Variables that a restored environment does not take from its snapshot."""


class Fault(Exception):
    """An error of the runtime, with AWS's name for it."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind = kind
        self.trace = list(trace)


class Function:
    """One function in one process, from its plan (see `engine/process.py`) to its end."""

    def __init__(self, client, plan, audit, imports):
        self.client = client
        self.plan = plan
        self.audit = audit
        self.imports = imports
        self.output = Output(plan["mark"].encode())
        self.surroundings = plan["environ"]
        self.request = None
        self.used_us = 0
        self.began = time.perf_counter()

    def live(self):
        """Returns never, but by SystemExit when the platform hangs up."""
        self.serve(self.initialise())

    def initialise(self, last=None, kind=""):
        """The handler, ready to be called; after a failure this ends the process. `last` fails with an error of that `kind`."""
        self._set_up()
        if self.plan.get("debug"):
            debugging.wait(self.plan["debug"], self.output.record)
            self.imports.take()
        started = time.perf_counter()
        failing = ""
        try:
            handler = load(self.plan["handler"])
            if last is not None:
                failing = kind
                last()
        except Exception as error:
            failure = self.log_failure(error)
            self.end_start(started)
            self.client.fail_init(failure, failing)
            sys.exit(1)
        self.end_start(started)
        return handler

    def serve(self, handler):
        self.used_us = cpu_us()
        self.client.ask()
        while True:
            headers, body = self.client.next()
            self._invoke(handler, headers, body)

    def go_on(self, client, plan):
        """As another process, forked from the one that was initialised: with its own connection, output and credentials."""
        self.client = client
        self.output.go_on_as(plan["mark"].encode())
        os.environ.update({name: plan["environ"][name] for name in _REFRESHED if name in plan["environ"]})
        self.audit.take()
        self.imports.take()

    def _invoke(self, handler, headers, body):
        request_id = headers["lambda-runtime-aws-request-id"]
        self.request.current = request_id
        trace = headers.get("lambda-runtime-trace-id")
        if trace:
            os.putenv("_X_AMZN_TRACE_ID", trace)
            os.environ._data[b"_X_AMZN_TRACE_ID"] = trace.encode()
        answer, failure = attempt(handler, body, LambdaContext(headers, self.surroundings, self.output.record))
        if failure is not None:
            self._log_failure(failure)
        sys.stdout.flush()
        if threading.active_count() > 1:
            self.audit.note_threads()
        used, self.used_us = self.used_us, cpu_us()
        finished = self.imports.take() if self.imports.finished else []
        ending = ending_of(request_id, self.audit.take(), finished, self.used_us - used)
        fits = len(ending) <= _LONGEST_HEADER
        if failure is None:
            self.client.respond(request_id, answer, ending if fits else "")
        else:
            self.client.fail(request_id, failure, ending if fits else "")
        if not fits:
            self.output.end(b"E", ending)

    def _set_up(self):
        os.environ.clear()
        os.environ.update(self.surroundings)
        time.tzset()
        runtime = self.plan["runtime_path"]
        sys.path[:] = list(self.plan["task_path"]) + [p for p in sys.path if p not in runtime] + runtime
        sys.path_importer_cache.clear()
        os.chdir(self.plan["task"])
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
        self.request = logs.set_up(self.output, self.plan["log_format"], self.plan["log_level"])
        preloaded = [finder for finder in sys.meta_path if isinstance(finder, Preloaded)]
        for finder in preloaded:
            finder.give_way(self.plan["task_path"])
        if not any("botocore.session" in finder for finder in preloaded):
            sys.meta_path.insert(0, ClientWatch(self.audit))
        self.imports.take()
        self.audit.begin(self._dying)

    def end_start(self, started):
        """Tell that an initialisation, or what follows a restore, has ended."""
        ended = time.perf_counter()
        sys.stdout.flush()
        milliseconds = (ended - started) * 1000
        facts = [milliseconds, highest_memory_kb(), self.audit.take(), self.imports.take()]
        self.output.end(b"I", json.dumps(facts))

    def log_failure(self, error):
        """An error outside an invocation; returns it in AWS's shape."""
        failure = failure_of(error, "")
        self._log_failure(failure)
        return failure

    def _log_failure(self, failure):
        if self.plan["log_format"] == "JSON":
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            self.output.record(json.dumps(dict({"timestamp": now, "log_level": "ERROR"}, **failure)))
            return
        lines = ["[ERROR] %s: %s" % (failure["errorType"], failure["errorMessage"])]
        if failure["stackTrace"]:
            lines.append("Traceback (most recent call last):")
            for entry in failure["stackTrace"]:
                lines.extend(_indented(line) for line in entry.splitlines())
        self.output.record("\n".join(lines), open_ended=True)

    def _dying(self, number):
        self.output.end(b"K", str(number))
        os._exit(128 + number)


def attempt(handler, body, context):
    """Call the handler: its answer as JSON and None, or None and its failure in AWS's shape."""
    try:
        return to_json(handler(from_json(body), context)), None
    except Exception as error:
        return None, failure_of(error, context.aws_request_id)


def ending_of(request_id, facts, finished, used_us):
    """The word that everything of an invocation has been written, what it did, what it used: JSON in ASCII."""
    if facts or finished:
        return json.dumps([request_id, highest_memory_kb(), facts, finished, used_us])
    return '["%s",%d,[],[],%d]' % (request_id, highest_memory_kb(), used_us)


def load(handler):
    """The function that a `Handler` setting like `app.main` names. AWS: lambda/latest/dg/python-handler.html"""
    module_name, dot, name = handler.rpartition(".")
    if not dot:
        raise Fault(
            "Runtime.MalformedHandlerName",
            "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % handler,
        )
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault(
            "Runtime.BuiltInModuleConflict",
            "Cannot use built-in module %s as a handler module" % module_name,
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error)) from None
    except SyntaxError as error:
        where = '  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)
        raise Fault(
            "Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), [where]
        ) from None
    found = getattr(module, name, None)
    if found is None:
        raise Fault("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (name, module_name))
    return found


def from_json(body):
    try:
        return json.loads(body)
    except Exception as error:
        raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error) from None


def to_json(answer):
    try:
        return json.dumps(answer, ensure_ascii=sys.version_info < _UNICODE_SINCE).encode("utf-8")
    except Exception as error:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error) from None


def failure_of(error, request_id):
    """AWS's shape of an error: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html"""
    if isinstance(error, Fault):
        kind, trace = error.kind, error.trace
    else:
        kind, trace = type(error).__name__, trace_of(error)
    return {"errorMessage": str(error), "errorType": kind, "requestId": request_id, "stackTrace": trace}


def trace_of(error):
    """The frames from the first that is not ours, the interpreter's files where AWS has them."""
    frames = traceback.extract_tb(error.__traceback__)
    while frames and frames[0].filename.startswith((_OWN_FOLDER, isolate.RUNTIME + "/_windtunnel")):
        del frames[0]
    shown = [f for f in frames if not is_wrapper(f.filename, f.lineno)]
    plain = [(_as_on_aws(f.filename), f.lineno, f.name, f.line) for f in shown]  # without marks under parts of a line
    return traceback.format_list(plain)


def _as_on_aws(file):
    if not file.startswith(_LIBRARY):
        return file
    return "%s/lib/python%d.%d%s" % ((isolate.INTERPRETER,) + sys.version_info[:2] + (file[len(_LIBRARY) :],))


def cpu_us():
    """Processor time that this process has used, its threads included."""
    return int(time.process_time() * 1_000_000)


def highest_memory_kb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _indented(line):
    bare = line.lstrip(" ")
    return _NO_BREAK_SPACE * (len(line) - len(bare)) + bare


def attach_output():
    """Standard output and error of this process as the pipe that is now behind them."""
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), "utf-8", "backslashreplace", line_buffering=True)
    sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), "utf-8", "backslashreplace", line_buffering=True)

"""`windtunnel up` as a process of its own, its output in a pipe, for tests and measurements."""

import http.client
import json
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: fn
      Runtime: {runtime}
      Handler: app.handler
      Timeout: {timeout}
      CodeUri: src/{more}
"""
PYTHON = "VALUE = {}\n\n\ndef handler(event, context):\n    return VALUE\n"
NODE = "const value = {};\nexports.handler = async () => value;\n"
CREDENTIALS = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0"


def write_app(folder: Path, runtime="python3.11", source=None, timeout=3, more="") -> Path:
    """An application of one function; returns the file with its code."""
    (folder / "src").mkdir(parents=True)
    (folder / "template.yaml").write_text(TEMPLATE.format(runtime=runtime, timeout=timeout, more=more))
    name, text = ("app.py", PYTHON) if runtime.startswith("python") else ("app.js", NODE)
    (folder / "src" / name).write_text(source or text.format(1000))
    return folder / "src" / name


class Up:
    """The running command. With `reads=False` nobody reads what it writes once it is up."""

    def __init__(self, app: Path, *options: str, reads: bool = True):
        command = [sys.executable, "-u", "-m", "windtunnel.cli.main", "up", str(app), "--port", "0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.lines: list[str] = []
        self._said = threading.Condition()
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError(f"up has ended: {self.lines}")
            self.lines.append(line.rstrip())
            if found := re.search(r" is up at http://localhost:(\d+)", line):
                break
        self.port = int(found[1])
        if reads:
            threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            with self._said:
                self.lines.append(line.rstrip())
                self._said.notify_all()

    def says(self, words: str, within_s: float = 10) -> str:
        """The first line with these words; waits for it."""
        with self._said:
            found = self._said.wait_for(lambda: [line for line in self.lines if words in line], within_s)
        assert found, f"{words!r} is not in {self.lines}"
        return found[0]

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def invoke(self, event=None, qualifier="", connection=None):
        """The answer of the function, and its error."""
        opened = connection or self.connection()
        query = f"?Qualifier={qualifier}" if qualifier else ""
        path = f"/2015-03-31/functions/fn/invocations{query}"
        opened.request("POST", path, json.dumps(event), {"Authorization": CREDENTIALS})
        response = opened.getresponse()
        body = json.loads(response.read())
        return body, response.headers.get("X-Amz-Function-Error")

    def answers(self, value, within_s: float = 10, qualifier="") -> float:
        """Milliseconds until the function answers with this value."""
        began = time.perf_counter()
        connection = self.connection()
        got = None
        while time.perf_counter() - began < within_s:
            got, _ = self.invoke(qualifier=qualifier, connection=connection)
            if got == value:
                connection.close()
                return (time.perf_counter() - began) * 1000
        raise AssertionError(f"{value!r} did not come within {within_s} s, but {got!r}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

"""A real `windtunnel serve` in a process of its own, to be killed and started again."""

import json
import subprocess
import sys
import urllib.request

import boto3
from botocore.config import Config


class Serving:
    def __init__(self, data: str, port: int = 0):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "windtunnel.cli.main", "serve", "--port", str(port), "--data", data],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        if "answers at" not in line:
            raise RuntimeError(f"it did not start: {line}{self.process.stderr.read()}")
        self.endpoint = line.split("answers at ", 1)[1].split(",")[0].strip()

    def client(self, service: str):
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name="us-east-1", aws_access_key_id="testing",
            aws_secret_access_key="testing", config=Config(retries={"total_max_attempts": 1}, max_pool_connections=16),
        )  # fmt: skip

    def health(self) -> dict:
        return json.loads(urllib.request.urlopen(f"{self.endpoint}/_windtunnel/health").read())

    def kill(self) -> None:
        self.process.kill()
        self._ended()

    def stop(self) -> int:
        self.process.terminate()
        return self._ended()

    def _ended(self) -> int:
        self.process.communicate(timeout=20)
        return self.process.returncode

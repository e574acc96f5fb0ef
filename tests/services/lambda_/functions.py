"""Functions for tests: packages made from source."""

import io
import zipfile

ROLE = "arn:aws:iam::000000000000:role/test"
RUNTIME = "python3.11"


def package(**files: str) -> bytes:
    """A zip file; `index="..."` is index.py."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.py", text)
    return buffer.getvalue()


def create(cloud, source: str, name: str = "fn", **members):
    """A function whose code is `source`; `handler` is its handler."""
    wish = {
        "Role": ROLE,
        "Runtime": RUNTIME,
        "Handler": "index.handler",
        "Code": {"ZipFile": package(index=source)},
        **members,
    }
    return cloud.client("lambda").create_function(FunctionName=name, **wish)


ECHO = "def handler(event, context):\n    return event\n"
FAIL = "def handler(event, context):\n    raise ValueError('no')\n"

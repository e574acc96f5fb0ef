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


def open_to_all(client, name: str = "fn", **qualified: str) -> None:
    """What a public function URL needs in the resource policy."""
    members = {"FunctionName": name, "Principal": "*", **qualified}
    client.add_permission(StatementId="url", Action="lambda:InvokeFunctionUrl", FunctionUrlAuthType="NONE", **members)
    client.add_permission(StatementId="via", Action="lambda:InvokeFunction", InvokedViaFunctionUrl=True, **members)


ECHO = "def handler(event, context):\n    return event\n"
FAIL = "def handler(event, context):\n    raise ValueError('no')\n"

"""S4: a secret stands in an environment variable."""

import re

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Rule

NAME = re.compile(r"(?i)(pass(word|wd|phrase)|secret|token|api_?key|private_?key|credential)")
POINTER = re.compile(r"(?i)(_arn|_name|_id|_url|_path|_parameter|_param|arn|secretname|secretid)$")
VALUE = re.compile(
    r"AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----|gh[pousr]_[A-Za-z0-9]{36}|sk_live_[0-9a-zA-Z]{24}|xox[baprs]-[0-9A-Za-z-]{10,}"
    r"|[a-z+]+://[^:/@\s]+:[^@/\s]+@"
)


class SecretInEnv(Rule):
    """
    Environment variables are shown to everybody who may read the function's configuration, stand in the template and its history,
    and are printed by crash reports. A secret belongs into Secrets Manager or Parameter Store, and is fetched and cached at run time.
    """

    id = "S4-secret-in-env"
    severity = "critical"
    title = "A secret stands in an environment variable"
    fix = "Put the secret into Secrets Manager or Parameter Store, give the function its name, and fetch it once per environment."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-encryption"
    existing = ("CKV_AWS_45", "W1011", "9ecb6b21")
    bad = """
Resources:
  Payer:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Code: src/
      Role: arn:aws:iam::000000000000:role/payer
      Environment: {Variables: {DB_PASSWORD: correct-horse}}
"""
    good = bad.replace(
        "DB_PASSWORD: correct-horse", "DB_SECRET_ARN: arn:aws:secretsmanager:us-east-1:000000000000:secret:db"
    )

    def check(self, estate):
        for function in estate.functions:
            found = []
            for name, value in function.variables.items():
                if _is_secret(str(name), value, function.template.document.get("Parameters") or {}):
                    place = function.where("Environment", "Variables", name)
                    found.append(evidence.template(place, f"{name} holds a secret in plain text"))
            if found:
                yield Finding(function, f"{function.logical_id} has a secret in its configuration", tuple(found))


def _is_secret(name: str, value: object, parameters: dict) -> bool:
    """A literal, or a parameter's value; a reference to a resource is the name or ARN of one."""
    if isinstance(value, str) and VALUE.search(value):
        return True
    if not NAME.search(name) or POINTER.search(name):
        return False
    if isinstance(value, str):
        return bool(value) and (not value.startswith("arn:"))
    return isinstance(value, dict) and value.get("Ref") in parameters

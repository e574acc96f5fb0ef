"""S2: functions share a role."""

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Rule


class SharedRole(Rule):
    """
    A role that several functions share must allow what any of them needs, so that each may do what only the others must. One role
    for each function keeps permissions as small as the function.
    """

    id = "S2-shared-role"
    severity = "warning"
    title = "Several functions share a role"
    fix = "Give each function a role of its own; in SAM leave out Role and say what the function needs under Policies."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"
    existing = ("ae03f542",)
    bad = """
Resources:
  One:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src/, Role: arn:aws:iam::000000000000:role/all}
  Two:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src/, Role: arn:aws:iam::000000000000:role/all}
"""
    good = bad.replace("role/all", "role/one", 1)

    def check(self, estate):
        owners: dict[str, list] = {}
        for function in estate.functions:
            if function.role:
                owners.setdefault(function.role, []).append(function)
        for role, functions in owners.items():
            if len(functions) < 2:
                continue
            names = ", ".join(f.logical_id for f in functions)
            for function in functions:
                text = f"{role} is the role of {names}"
                yield Finding(
                    function, f"{function.logical_id} shares {role}", (evidence.template(function.where("Role"), text),)
                )

"""M7: requests cannot be followed through the function."""

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Rule


class TracingOff(Rule):
    """
    Without active tracing a slow or failing request ends at the function's door: nobody sees what it called and where the time went.
    """

    id = "M7-tracing-off"
    severity = "warning"
    title = "Active tracing is off"
    fix = "Set Tracing: Active (TracingConfig: {Mode: Active} on AWS::Lambda::Function); in SAM once, under Globals."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html"
    existing = ("WS1000", "CKV_AWS_50", "AWS-0066")
    bad = """
Resources:
  Dark:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src/, Role: arn:aws:iam::000000000000:role/dark}
"""
    good = bad.replace("Handler:", "TracingConfig: {Mode: Active}, Handler:")

    def check(self, estate):
        for function in estate.functions:
            mode = function.properties.get("Tracing") or (function.properties.get("TracingConfig") or {}).get("Mode")
            if mode != "Active":
                place = function.where("Tracing") if "Tracing" in function.properties else function.where()
                text = f"tracing is {mode or 'not set'}"
                yield Finding(
                    function,
                    f"requests cannot be followed into {function.logical_id}",
                    (evidence.template(place, text),),
                )

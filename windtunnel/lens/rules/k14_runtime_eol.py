"""K14: the runtime is out of support."""

from datetime import date, timedelta

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Rule

SOON = timedelta(days=90)
# AWS: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html (deprecation dates, read 2026-11)
DEPRECATED_ON = {
    "python2.7": date(2021, 7, 15),
    "python3.6": date(2022, 7, 18),
    "python3.7": date(2023, 12, 4),
    "python3.8": date(2024, 10, 14),
    "python3.9": date(2025, 12, 15),
    "python3.10": date(2026, 10, 31),
    "python3.11": date(2027, 6, 30),
    "python3.12": date(2028, 10, 31),
    "python3.13": date(2029, 6, 30),
    "python3.14": date(2029, 6, 30),
    "nodejs12.x": date(2023, 3, 31),
    "nodejs14.x": date(2023, 12, 4),
    "nodejs16.x": date(2024, 6, 12),
    "nodejs18.x": date(2025, 9, 1),
    "nodejs20.x": date(2026, 4, 30),
    "nodejs22.x": date(2027, 4, 30),
    "nodejs24.x": date(2028, 4, 30),
    "java8": date(2024, 1, 8),
    "java8.al2": date(2027, 6, 30),
    "java11": date(2027, 6, 30),
    "dotnet6": date(2024, 12, 20),
    "dotnet8": date(2026, 11, 10),
    "ruby2.7": date(2023, 12, 7),
    "ruby3.2": date(2026, 3, 31),
    "go1.x": date(2024, 1, 8),
    "provided": date(2024, 1, 8),
    "provided.al2": date(2026, 7, 31),
}


class RuntimeEol(Rule):
    """
    A runtime past its deprecation date gets no security fixes; soon after, functions on it can be neither created nor changed.
    """

    id = "K14-runtime-eol"
    severity = "error"
    title = "The runtime is out of support"
    fix = (
        "Move the function to a supported runtime and run its tests on it; windtunnel runs it with the new one at once."
    )
    source = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"
    existing = ("W2531", "E2531", "E2533", "CKV_AWS_363", "AwsSolutions-L1")
    bad = """
Resources:
  Old:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.8, Handler: app.handler, Code: src/, Role: arn:aws:iam::000000000000:role/old}
"""
    good = bad.replace("python3.8", "python3.13")

    def subjects(self, estate):
        return [f for f in estate.functions if f.runtime]

    def check(self, estate):
        for function in self.subjects(estate):
            ends = DEPRECATED_ON.get(function.runtime)
            if ends is None or ends - SOON > estate.today:
                continue
            gone = ends <= estate.today
            text = f"{function.runtime} {'is deprecated since' if gone else 'will be deprecated on'} {ends}"
            says = f"{function.logical_id} runs on {function.runtime}, whose support {'has ended' if gone else 'ends soon'}"
            yield Finding(
                function, says, (evidence.template(function.where("Runtime"), text),), "error" if gone else "warning"
            )

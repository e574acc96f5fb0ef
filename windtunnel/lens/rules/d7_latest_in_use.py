"""D7: traffic goes to $LATEST."""

from windtunnel.lens import evidence
from windtunnel.lens.resources import SERVERLESS_FUNCTION
from windtunnel.lens.rule import Finding, Rule


class LatestInUse(Rule):
    """
    What triggers `$LATEST` runs whatever was deployed last: there is nothing to go back to and nothing to shift traffic between. A
    published version behind an alias is immutable, and the alias is one change to roll back.
    """

    id = "D7-latest-in-use"
    severity = "warning"
    title = "Traffic goes to $LATEST instead of a published version"
    fix = "Set AutoPublishAlias: live (in SAM once, under Globals); in plain CloudFormation trigger an AWS::Lambda::Alias."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html"
    absent = "No function is triggered by anything in the template."
    bad = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Events:
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
"""
    good = bad.replace("CodeUri: src/", "CodeUri: src/\n      AutoPublishAlias: live")

    def subjects(self, estate):
        return [f for f in estate.functions if f.event_sources]

    def check(self, estate):
        aliases = estate.of_type("AWS::Lambda::Alias")
        for function in self.subjects(estate):
            if function.type == SERVERLESS_FUNCTION and function.properties.get("AutoPublishAlias"):
                continue
            if any(alias.mentions(function.logical_id, "FunctionName") for alias in aliases):
                continue
            found = tuple(
                evidence.template(s.where, f"{s.kind} {s.name} triggers $LATEST") for s in function.event_sources
            )
            yield Finding(function, f"{function.logical_id} has no published version in use", found)

"""S1: a policy allows everything of something."""

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Rule

WITHOUT_RESOURCE = frozenset(
    ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
     "cloudwatch:PutMetricData", "logs:CreateLogGroup", "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces",
     "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses", "s3:ListAllMyBuckets",
     "sts:GetCallerIdentity"]
)  # fmt: skip
"""Actions that take no resource, so that `*` is all one can write."""
ADMINISTRATION = frozenset(["AdministratorAccess", "PowerUserAccess", "AmazonS3FullAccess", "AmazonDynamoDBFullAccess",
    "AmazonSQSFullAccess", "AWSLambda_FullAccess", "IAMFullAccess"])  # fmt: skip


class WildcardPermission(Rule):
    """
    A statement that allows every action of a service, or an action on every resource, allows far more than the function does: a bug
    or a stolen credential reaches all of it.
    """

    id = "S1-wildcard-permission"
    severity = "error"
    title = "A policy allows more than the function can need"
    fix = "Name the actions that the function calls and the resources that it calls them on, or use a SAM policy template."
    source = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege"
    existing = ("WS1003", "AwsSolutions-IAM5", "CKV_AWS_111", "CKV_AWS_107")
    absent = "The template gives no policy to a function or role."
    bad = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Reader:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Policies:
        - Statement:
            - {Effect: Allow, Action: "s3:*", Resource: "*"}
"""
    good = bad.replace('"s3:*", Resource: "*"', '"s3:GetObject", Resource: "arn:aws:s3:::orders/*"')

    def subjects(self, estate):
        with_policies = [each for each in estate.resources if each.properties.get("Policies")]
        owners = {statement.logical_id for statement in estate.statements}
        return [each for each in estate.resources if each in with_policies or each.logical_id in owners]

    def check(self, estate):
        found: dict[str, list[evidence.Evidence]] = {}
        for statement in estate.statements:
            if statement.statement.get("Effect") != "Allow":
                continue
            wide = [action for action in statement.actions if action == "*" or str(action).endswith(":*")]
            everywhere = "*" in statement.targets and not set(statement.actions) <= WITHOUT_RESOURCE
            if wide or everywhere:
                text = f"allows {', '.join(map(str, statement.actions))}" + (" on every resource" if everywhere else "")
                found.setdefault(statement.logical_id, []).append(
                    evidence.template(statement.where(*statement.position), text)
                )
        for each in self.subjects(estate):
            for policy in _named(each):
                found.setdefault(each.logical_id, []).append(
                    evidence.template(each.where("Policies"), f"has the policy {policy}")
                )
            if each.logical_id in found:
                yield Finding(each, f"{each.logical_id} may do more than it needs", tuple(found[each.logical_id]))


def _named(resource):
    policies = resource.properties.get("Policies")
    names = policies if isinstance(policies, list) else [policies]
    names = [*names, *(resource.properties.get("ManagedPolicyArns") or [])]
    return [
        str(name).rsplit("/", 1)[-1]
        for name in names
        if isinstance(name, str) and name.rsplit("/", 1)[-1] in ADMINISTRATION
    ]

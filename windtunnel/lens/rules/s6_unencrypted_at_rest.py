"""S6: queues and topics keep what they carry in the clear."""

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Rule


class UnencryptedAtRest(Rule):
    """
    A queue encrypts its messages by itself, unless somebody switched that off; a topic does not, unless somebody named a key. What is
    sensitive in an event stands there in the clear until it is delivered.
    """

    id = "S6-unencrypted-at-rest"
    severity = "info"
    title = "Messages are not encrypted while they wait"
    fix = "Queue: remove SqsManagedSseEnabled: false. Topic: set KmsMasterKeyId, alias/aws/sns at least."
    source = "https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html"
    existing = ("CKV_AWS_26", "CKV_AWS_27", "AwsSolutions-SQS2", "SQS.1", "SNS.1")
    absent = "The template has no queue and no topic."
    bad = """
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {SqsManagedSseEnabled: false}}
  News: {Type: AWS::SNS::Topic}
"""
    good = """
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  News: {Type: AWS::SNS::Topic, Properties: {KmsMasterKeyId: alias/aws/sns}}
"""

    def subjects(self, estate):
        return estate.of_type("AWS::SQS::Queue", "AWS::SNS::Topic")

    def check(self, estate):
        for resource in self.subjects(estate):
            key = resource.properties.get("KmsMasterKeyId")
            if resource.type == "AWS::SNS::Topic" and not key:
                yield Finding(
                    resource,
                    f"{resource.logical_id} keeps messages in the clear until they are delivered",
                    (evidence.template(resource.where(), "no KmsMasterKeyId"),),
                )
            switched_off = str(resource.properties.get("SqsManagedSseEnabled", True)).lower() == "false"
            if resource.type == "AWS::SQS::Queue" and switched_off and not key:
                yield Finding(
                    resource,
                    f"{resource.logical_id} keeps messages in the clear",
                    (evidence.template(resource.where("SqsManagedSseEnabled"), "SqsManagedSseEnabled: false"),),
                    severity="warning",
                )

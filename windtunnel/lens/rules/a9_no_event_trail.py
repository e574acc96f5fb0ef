"""A9: what happened cannot be looked up or played again."""

from windtunnel.deploy.intrinsics import names_in
from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Rule


class NoEventTrail(Rule):
    """
    A bus forgets an event as soon as it is delivered. With an archive the events stay: what happened can be looked up, a new consumer
    can start with all of it, and the state of today can be explained and built again.
    """

    id = "A9-no-event-trail"
    severity = "info"
    title = "Events of a bus are not kept"
    fix = "Add an AWS::Events::Archive for the bus."
    source = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html"
    existing = ("CKV_AWS_28",)
    absent = "The template has no bus of its own."
    bad = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Shop: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
"""
    good = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Shop: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  All: {Type: AWS::Events::Archive, Properties: {SourceArn: !GetAtt Shop.Arn}}
"""

    def subjects(self, estate):
        return estate.of_type("AWS::Events::EventBus")

    def check(self, estate):
        archived = set()
        for archive in estate.of_type("AWS::Events::Archive"):
            archived |= set(names_in(archive.properties.get("SourceArn")))
        for bus in self.subjects(estate):
            if bus.logical_id not in archived:
                yield Finding(
                    bus,
                    f"no archive keeps the events of {bus.logical_id}",
                    (evidence.template(bus.where(), f"no AWS::Events::Archive names {bus.logical_id}"),),
                )

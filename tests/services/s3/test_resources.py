"""AWS::S3::* in templates."""

import json

import pytest

from tests.services.s3.asking import refused

TEMPLATE = {
    "Resources": {
        "Things": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "BucketName": "things",
                "VersioningConfiguration": {"Status": "Enabled"},
                "Tags": [{"Key": "team", "Value": "blue"}],
                "CorsConfiguration": {"CorsRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAge": 3}]},
                "LifecycleConfiguration": {"Rules": [{"Id": "r", "Status": "Enabled", "ExpirationInDays": 7}]},
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [
                        {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
                    ]
                },
                "NotificationConfiguration": {
                    "QueueConfigurations": [
                        {
                            "Event": "s3:ObjectCreated:*",
                            "Queue": {"Fn::GetAtt": ["Events", "Arn"]},
                            "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "in/"}]}},
                        }
                    ]
                },
            },
        },
        "Events": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "events"}},
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "Bucket": {"Ref": "Things"},
                "PolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}]},
            },
        },
    },
    "Outputs": {
        name: {"Value": {"Fn::GetAtt": ["Things", name]}}
        for name in ("Arn", "DomainName", "RegionalDomainName", "WebsiteURL", "DualStackDomainName")
    },
}


@pytest.fixture
def deployed(cloud):
    """Deploys a template as the stack `app`; gives its outputs."""
    cloudformation = cloud.client("cloudformation")

    def deploy(template, again=False):
        act, waiter = (
            (cloudformation.update_stack, "stack_update_complete")
            if again
            else (cloudformation.create_stack, "stack_create_complete")
        )
        act(StackName="app", TemplateBody=json.dumps(template))
        cloud.settle()
        cloudformation.get_waiter(waiter).wait(StackName="app", WaiterConfig={"Delay": 0, "MaxAttempts": 3})
        outputs = cloudformation.describe_stacks(StackName="app")["Stacks"][0].get("Outputs", [])
        return {output["OutputKey"]: output["OutputValue"] for output in outputs}

    return deploy


def test_a_bucket_is_made_as_the_template_says(cloud, s3, deployed):
    outputs = deployed(TEMPLATE)

    assert outputs == {
        "Arn": "arn:aws:s3:::things",
        "DomainName": "things.s3.amazonaws.com",
        "RegionalDomainName": "things.s3.us-east-1.amazonaws.com",
        "DualStackDomainName": "things.s3.dualstack.us-east-1.amazonaws.com",
        "WebsiteURL": "http://things.s3-website-us-east-1.amazonaws.com",
    }
    assert s3.get_bucket_versioning(Bucket="things")["Status"] == "Enabled"
    assert {"Key": "team", "Value": "blue"} in s3.get_bucket_tagging(Bucket="things")["TagSet"]
    assert s3.get_bucket_cors(Bucket="things")["CORSRules"][0]["MaxAgeSeconds"] == 3
    assert s3.get_bucket_lifecycle_configuration(Bucket="things")["Rules"][0]["Expiration"] == {"Days": 7}
    assert s3.get_bucket_encryption(Bucket="things")["ServerSideEncryptionConfiguration"]["Rules"][0][
        "BucketKeyEnabled"
    ]
    assert json.loads(s3.get_bucket_policy(Bucket="things")["Policy"])["Statement"]
    kept = s3.get_bucket_notification_configuration(Bucket="things")["QueueConfigurations"][0]
    assert kept["QueueArn"] == "arn:aws:sqs:us-east-1:000000000000:events"


def test_what_leaves_the_template_leaves_the_bucket(s3, deployed):
    deployed(TEMPLATE)
    shorter = json.loads(json.dumps(TEMPLATE))
    for name in ("CorsConfiguration", "LifecycleConfiguration", "VersioningConfiguration", "NotificationConfiguration"):
        del shorter["Resources"]["Things"]["Properties"][name]

    deployed(shorter, again=True)

    assert s3.get_bucket_versioning(Bucket="things")["Status"] == "Suspended"
    assert refused(s3.get_bucket_cors, Bucket="things")[0]["Code"] == "NoSuchCORSConfiguration"
    assert refused(s3.get_bucket_lifecycle_configuration, Bucket="things")[0]["Code"] == "NoSuchLifecycleConfiguration"
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket="things")


def test_a_bucket_without_a_name_gets_one(s3, deployed):
    outputs = deployed(
        {
            "Resources": {"Things": {"Type": "AWS::S3::Bucket"}},
            "Outputs": {"Name": {"Value": {"Ref": "Things"}}},
        }
    )

    assert outputs["Name"].startswith("app-things-")
    s3.head_bucket(Bucket=outputs["Name"])

"""Resource policies of functions, versions and aliases: added to, read, taken from."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import ECHO, create

S3 = {"StatementId": "s3", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}


def refused(call, **members):
    with pytest.raises(ClientError) as failing:
        call(**members)
    answer = failing.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"]


def test_a_policy_shows_its_statements_in_the_order_they_were_added(cloud):
    aws = cloud.client("lambda")
    create(cloud, ECHO)
    aws.add_permission(FunctionName="fn", **S3)
    aws.add_permission(FunctionName="fn", **{**S3, "StatementId": "again"}, SourceArn="arn:aws:s3:::bucket")

    policy = json.loads(aws.get_policy(FunctionName="fn")["Policy"])

    assert [statement["Sid"] for statement in policy["Statement"]] == ["s3", "again"]
    assert policy["Statement"][1]["Condition"] == {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::bucket"}}
    assert policy["Id"] == "default"


@pytest.mark.parametrize("place", [{"FunctionName": "nowhere"}, {"FunctionName": "fn", "Qualifier": "99"}])
def test_a_policy_that_is_not_there_is_not_found_whatever_is_missing(cloud, place):
    create(cloud, ECHO)

    error = refused(cloud.client("lambda").get_policy, **place)

    assert error == ("ResourceNotFoundException", "The resource you requested does not exist.")


def test_removing_from_a_function_without_policy_says_so(cloud):
    create(cloud, ECHO)

    error = refused(cloud.client("lambda").remove_permission, FunctionName="fn", StatementId="s3")

    assert error == ("ResourceNotFoundException", "No policy is associated with the given resource.")


def test_the_first_statement_of_an_alias_may_name_the_revision_of_the_alias(cloud):
    aws = cloud.client("lambda")
    create(cloud, ECHO, Publish=True)
    alias = aws.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")

    aws.add_permission(FunctionName="fn", Qualifier="live", RevisionId=alias["RevisionId"], **S3)

    assert aws.get_policy(FunctionName="fn", Qualifier="live")["RevisionId"]


def test_a_second_statement_with_a_wrong_revision_is_refused(cloud):
    aws = cloud.client("lambda")
    create(cloud, ECHO)
    aws.add_permission(FunctionName="fn", **S3)

    code, message = refused(
        aws.add_permission, FunctionName="fn", RevisionId="wrong", **{**S3, "StatementId": "second"}
    )

    assert code == "PreconditionFailedException"
    assert "Call the GetPolicy API" in message


def test_another_account_invokes_with_leave_only(cloud):
    arn = create(cloud, ECHO)["FunctionArn"]
    stranger = cloud.client("lambda", account="222222222222")
    with pytest.raises(ClientError) as failing:
        stranger.invoke(FunctionName=arn, Payload=b"1")
    assert failing.value.response["Error"]["Code"] == "AccessDeniedException"

    cloud.client("lambda").add_permission(
        FunctionName="fn", StatementId="them", Action="lambda:InvokeFunction", Principal="222222222222"
    )

    assert stranger.invoke(FunctionName=arn, Payload=b"1")["Payload"].read() == b"1"


def test_a_user_of_another_account_needs_the_leave_of_both(cloud):
    arn = create(cloud, ECHO)["FunctionArn"]
    iam = cloud.client("iam", account="222222222222")
    iam.create_user(UserName="zoe")
    key = iam.create_access_key(UserName="zoe")["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    zoe = cloud.client("lambda", **keys)
    says = f"User: arn:aws:iam::222222222222:user/zoe is not authorized to perform: lambda:InvokeFunction on resource: {arn} "

    assert refused(zoe.invoke, FunctionName=arn) == (
        "AccessDeniedException",
        f"{says}because no resource-based policy allows the lambda:InvokeFunction action",
    )
    cloud.client("lambda").add_permission(
        FunctionName="fn", StatementId="them", Action="lambda:InvokeFunction", Principal="222222222222"
    )
    assert refused(zoe.invoke, FunctionName=arn)[1].endswith(
        "because no identity-based policy allows the lambda:InvokeFunction action"
    )

    own = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "lambda:Invoke*", "Resource": arn}}
    iam.put_user_policy(UserName="zoe", PolicyName="p", PolicyDocument=json.dumps(own))
    assert zoe.invoke(FunctionName=arn, Payload=b"1")["Payload"].read() == b"1"


def test_only_services_are_let_in_where_the_statement_names_a_service(cloud):
    arn = create(cloud, ECHO)["FunctionArn"]
    cloud.client("lambda").add_permission(FunctionName="fn", **S3)

    assert (
        refused(cloud.client("lambda", account="222222222222").invoke, FunctionName=arn)[0] == "AccessDeniedException"
    )


def test_who_may_invoke_is_known_after_a_restart(started):
    cloud = started()
    arn = create(cloud, ECHO)["FunctionArn"]
    iam = cloud.client("iam", account="222222222222")
    iam.create_user(UserName="zoe")
    key = iam.create_access_key(UserName="zoe")["AccessKey"]
    cloud.client("lambda").add_permission(
        FunctionName="fn", StatementId="them", Action="lambda:InvokeFunction", Principal="222222222222"
    )
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    own = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}}

    cloud = started()
    zoe = cloud.client("lambda", **keys)
    assert refused(zoe.invoke, FunctionName=arn)[1].endswith("because no identity-based policy allows the lambda:InvokeFunction action")  # fmt: skip
    cloud.client("iam", account="222222222222").put_user_policy(
        UserName="zoe", PolicyName="p", PolicyDocument=json.dumps(own)
    )

    zoe = started().client("lambda", **keys)
    assert zoe.invoke(FunctionName=arn, InvocationType="DryRun")["StatusCode"] == 204

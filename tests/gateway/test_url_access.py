"""Function URLs with AWS_IAM: who is let in, by which policies, and in which words others are sent away."""

import json
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.gateway.test_applications import FORBIDDEN
from tests.services.apigatewayv2.asking import ECHO, ask, function
from windtunnel.aws.credentials import AccessKey
from windtunnel.kernel.settings import Settings
from windtunnel.testing import RunningCloud

ARN = "arn:aws:lambda:us-east-1:000000000000:function:fn"
TRUST = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}
)
ROOT = "arn:aws:iam::000000000000:root"
BOTH = ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]
WRONG_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and "
    "signing method. Consult the service documentation for details."
)


@pytest.fixture
def path(cloud):
    """The path of a URL with AWS_IAM, after the day from which both permissions are needed."""
    cloud.advance(days=320)
    function(cloud, ECHO)
    made = cloud.client("lambda").create_function_url_config(FunctionName="fn", AuthType="AWS_IAM")
    return f"/_url/{urlsplit(made['FunctionUrl']).netloc.partition('.')[0]}/"


def policy(*actions, effect="Allow", **more):
    statement = {"Effect": effect, "Action": list(actions or BOTH), "Resource": ARN, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def user(cloud, *documents, name="ana", account=""):
    """The keys of a new user with these inline policies."""
    iam = cloud.client("iam", account=account)
    iam.create_user(UserName=name)
    for number, document in enumerate(documents):
        iam.put_user_policy(UserName=name, PolicyName=f"p{number}", PolicyDocument=document)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(made["AccessKeyId"], made["SecretAccessKey"])


def session(cloud, *documents, **narrowed):
    """Credentials of a session of a new role with these inline policies."""
    iam = cloud.client("iam")
    role = iam.create_role(RoleName="caller", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    for number, document in enumerate(documents):
        iam.put_role_policy(RoleName="caller", PolicyName=f"p{number}", PolicyDocument=document)
    made = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="one", **narrowed)["Credentials"]
    return Credentials(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


def call(cloud, path, credentials, body=b"", auth=SigV4Auth, service="lambda", region="us-east-1", changed=None):
    """A signed request, its body `changed` afterwards."""
    base = cloud.inside.endpoint or cloud.listen()
    request = AWSRequest("POST", base + path, data=body, headers={"Host": urlsplit(base).netloc})
    auth(credentials, service, region).add_auth(request)
    url = urlsplit(request.url)
    return ask(cloud, f"{url.path}?{url.query}", "POST", dict(request.headers), body if changed is None else changed)


def test_a_user_whose_policies_allow_both_is_let_in(cloud, path):
    answer = call(cloud, path + "a%20b", user(cloud, policy()), b"hello")

    iam = answer.json["requestContext"]["authorizer"]["iam"]
    assert answer.status == 200
    assert (iam["userArn"], iam["accountId"]) == ("arn:aws:iam::000000000000:user/ana", "000000000000")
    assert answer.json["body"] == "hello"


@pytest.mark.parametrize("documents", [(), (policy(BOTH[0]),), (policy(BOTH[1]),), (policy("s3:*"),)])
def test_who_lacks_one_of_the_two_is_not(cloud, path, documents):
    answer = call(cloud, path, user(cloud, *documents))

    assert (answer.status, answer.json) == (403, {"Message": FORBIDDEN})
    assert answer["x-amzn-errortype"] == "AccessDeniedException"


def test_what_was_decided_and_why_is_recorded(cloud, path):
    call(cloud, path, user(cloud, policy()))

    first, second = (entry.fact for entry in cloud.records("AccessDecided"))
    assert (first.action, first.allowed, first.kind, first.policy) == (BOTH[0], True, "identity-based policy", "ana/p0")
    assert second.action == BOTH[1]


def test_a_policy_may_ask_for_the_kind_of_url(cloud, path):
    right = policy(Condition={"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}})
    wrong = policy(Condition={"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}})
    via = policy(Condition={"Bool": {"lambda:InvokedViaFunctionUrl": "true"}})

    answers = [
        call(cloud, path, user(cloud, document, name=name)).status
        for name, document in (("a", right), ("b", wrong), ("c", via))
    ]

    assert answers == [200, 403, 200]


def test_groups_managed_policies_and_boundaries_count(cloud, path):
    iam = cloud.client("iam")
    keys = user(cloud)
    iam.create_group(GroupName="callers")
    iam.add_user_to_group(GroupName="callers", UserName="ana")
    iam.attach_group_policy(GroupName="callers", PolicyArn="arn:aws:iam::aws:policy/AWSLambda_FullAccess")
    assert call(cloud, path, keys).status == 200

    limit = iam.create_policy(PolicyName="limit", PolicyDocument=policy("s3:*"))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="ana", PermissionsBoundary=limit)
    assert call(cloud, path, keys).status == 403


def test_the_function_lets_a_user_in_by_name(cloud, path):
    keys = user(cloud)
    who = {"FunctionName": "fn", "Principal": "arn:aws:iam::000000000000:user/ana"}
    aws = cloud.client("lambda")
    aws.add_permission(StatementId="url", Action=BOTH[0], FunctionUrlAuthType="AWS_IAM", **who)
    aws.add_permission(StatementId="via", Action=BOTH[1], InvokedViaFunctionUrl=True, **who)

    assert call(cloud, path, keys).status == 200


def test_a_session_of_a_role_has_the_roles_permissions_as_far_as_its_own_policy_goes(cloud, path):
    assert call(cloud, path, session(cloud, policy())).status == 200

    role = "arn:aws:iam::000000000000:role/caller"
    made = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="two", Policy=policy("s3:*"))["Credentials"]
    narrow = Credentials(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    assert call(cloud, path, narrow).status == 403


def test_a_user_of_another_account_needs_both_accounts_to_agree(cloud, path):
    keys = user(cloud, policy(), name="zoe", account="222222222222")
    assert call(cloud, path, keys).status == 403

    aws = cloud.client("lambda")
    for number, action in enumerate(BOTH):
        aws.add_permission(FunctionName="fn", StatementId=f"s{number}", Action=action, Principal="222222222222")
    assert call(cloud, path, keys).status == 200


def test_a_key_that_nobody_gave_out_acts_as_the_root_user(cloud, path):
    answer = call(cloud, path, Credentials("testing", "testing"))

    assert answer.json["requestContext"]["authorizer"]["iam"]["userArn"] == "arn:aws:iam::000000000000:root"


def test_a_presigned_url_is_as_good_as_a_header(cloud, path):
    assert call(cloud, path, user(cloud, policy()), auth=SigV4QueryAuth).status == 200


def test_a_wrong_signature_is_refused_in_awss_words(cloud, path):
    keys = user(cloud, policy())
    stranger = Credentials(keys.access_key, "another secret")

    forged, presigned = (call(cloud, path, stranger, auth=auth) for auth in (SigV4Auth, SigV4QueryAuth))
    tampered = call(cloud, path, keys, b"one", changed=b"two")

    for answer in (forged, presigned, tampered):
        assert (answer.status, answer.json) == (403, {"message": WRONG_SIGNATURE})
        assert answer["x-amzn-errortype"] == "InvalidSignatureException"


def test_a_signature_for_something_else_is_refused(cloud, path):
    keys = user(cloud, policy())

    service = call(cloud, path, keys, service="execute-api")
    region = call(cloud, path, keys, region="eu-west-1")

    assert service.json == {"message": "Credential should be scoped to correct service: 'lambda'. "}
    assert region.json == {"message": "Credential should be scoped to a valid region. "}
    assert {service.status, region.status} == {403}


def test_a_session_needs_its_token_and_ends(cloud, path):
    keys = session(cloud, policy())

    without = call(cloud, path, Credentials(keys.access_key, keys.secret_key))
    cloud.advance(hours=2)
    late = call(cloud, path, keys)

    assert without.json == {"message": "The security token included in the request is invalid."}
    assert late.json == {"message": "The security token included in the request is expired"}
    assert {without.status, late.status} == {403}


def test_a_key_out_of_use_is_refused(cloud, path):
    keys = user(cloud, policy())
    cloud.client("iam").update_access_key(UserName="ana", AccessKeyId=keys.access_key, Status="Inactive")

    assert call(cloud, path, keys).json == {"message": "The security token included in the request is invalid."}


def test_where_signatures_are_verified_a_key_that_nobody_gave_out_is_refused():
    with RunningCloud(Settings(verify_signatures=True), time="real") as cloud:
        cloud.inside.credentials.add(AccessKey("testing", "testing", "000000000000", ROOT, "000000000000"))
        function(cloud, ECHO)
        made = cloud.client("lambda").create_function_url_config(FunctionName="fn", AuthType="AWS_IAM")
        path = f"/_url/{urlsplit(made['FunctionUrl']).netloc.partition('.')[0]}/"

        known = call(cloud, path, Credentials("testing", "testing"))
        stranger = call(cloud, path, Credentials("AKIANOBODY", "secret"))

    assert known.status == 200
    assert (stranger.status, stranger["x-amzn-errortype"]) == (403, "UnrecognizedClientException")

"""Requests and policies for tests, in few words."""

from windtunnel.policy.decisions import Attached, Policies, decide
from windtunnel.policy.documents import Document, asked
from windtunnel.policy.principals import Principal

HERE, ELSEWHERE = "111122223333", "444455556666"
ANA = Principal("user", arn=f"arn:aws:iam::{HERE}:user/team/ana", account=HERE, user_id="AIDAANA")
ROLE = f"arn:aws:iam::{HERE}:role/worker"
SESSION = Principal(
    "role", arn=f"arn:aws:sts::{HERE}:assumed-role/worker/one", account=HERE, role=ROLE, user_id="AROAWORKER:one"
)
ROOT = Principal("root", arn=f"arn:aws:iam::{HERE}:root", account=HERE)
STRANGER = Principal("user", arn=f"arn:aws:iam::{ELSEWHERE}:user/zoe", account=ELSEWHERE, user_id="AIDAZOE")
SNS = Principal("service", service="sns.amazonaws.com")
NOBODY = Principal("anonymous")
QUEUE = f"arn:aws:sqs:us-east-1:{HERE}:jobs"


def policy(*statements, version="2012-10-17", name="p"):
    return Attached(name, Document({"Version": version, "Statement": list(statements)}))


def allow(action="sqs:SendMessage", resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action="sqs:SendMessage", resource="*", **more):
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def ask(principal=ANA, action="sqs:SendMessage", to=QUEUE, context=None, **policies):
    """The decision on a request for something of this account; `policies` as in `Policies`."""
    return decide(asked(principal, action, to, context, account=HERE), Policies(**policies))


def holds(operator, key, values, context):
    """Whether a condition lets a request through."""
    own = policy(allow(Condition={operator: {key: values}}))
    return ask(context=context, identity=(own,)).allowed

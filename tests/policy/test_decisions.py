"""Decisions: which policies must allow, which may forbid, and what the reason is."""

import pytest

from tests.policy.asking import (
    ANA,
    ELSEWHERE,
    HERE,
    NOBODY,
    QUEUE,
    ROLE,
    ROOT,
    SESSION,
    SNS,
    STRANGER,
    allow,
    ask,
    deny,
    policy,
)
from windtunnel.policy.documents import Malformed, document

NOTHING = policy(allow("s3:GetObject"))
OWN = policy(allow(), name="own")


def trusting(who, **more):
    return policy(allow(Principal=who, **more))


def test_without_policies_nothing_is_allowed():
    decision = ask()

    assert (decision.outcome, decision.kind) == ("not allowed", "identity-based policy")
    assert decision.because("sqs:SendMessage") == "because no identity-based policy allows the sqs:SendMessage action"


def test_a_policy_of_ones_own_is_enough_at_home_and_named_as_the_reason():
    decision = ask(identity=(NOTHING, policy(deny("s3:*"), allow(Sid="Send"), name="sender")))

    assert decision.allowed
    assert (decision.kind, decision.policy, decision.statement) == ("identity-based policy", "sender", "Send")


@pytest.mark.parametrize("where", ["identity", "resource", "boundary", "session"])
def test_a_deny_anywhere_wins(where):
    open_to = {"identity": (OWN,), "resource": trusting("*"), "boundary": OWN, "session": (OWN,)}
    against = policy(deny(Principal="*") if where == "resource" else deny())
    named = {**open_to, where: (against,) if where in ("identity", "session") else against}

    assert ask(**open_to).allowed
    assert ask(**named).outcome == "denied"


def test_a_deny_is_worded_as_aws_words_it():
    assert ask(identity=(policy(deny()),)).because("x") == "with an explicit deny in an identity-based policy"
    assert ask(boundary=policy(deny())).because("x") == "with an explicit deny in a permissions boundary"


def test_at_home_the_resource_may_let_a_user_in_by_name_whatever_limits_the_user():
    assert ask(resource=trusting({"AWS": ANA.arn}), boundary=NOTHING).kind == "resource-based policy"


def test_at_home_the_resource_lets_a_session_in_by_name_whatever_limits_its_role():
    assert ask(SESSION, resource=trusting({"AWS": SESSION.arn}), boundary=NOTHING, session=(NOTHING,)).allowed


def test_a_role_that_the_resource_lets_in_stays_within_its_boundary_and_session():
    let_in = trusting({"AWS": ROLE})

    assert ask(SESSION, resource=let_in).allowed
    assert ask(SESSION, resource=let_in, boundary=NOTHING).kind == "permissions boundary"
    assert ask(SESSION, resource=let_in, session=(NOTHING,)).kind == "session policy"


@pytest.mark.parametrize("account", [HERE, f"arn:aws:iam::{HERE}:root"])
def test_an_account_that_is_let_in_decides_itself_who_of_it(account):
    let_in = trusting({"AWS": account})

    assert not ask(resource=let_in).allowed
    assert ask(resource=let_in, identity=(OWN,)).allowed


def test_a_stranger_needs_both_sides():
    let_in = trusting({"AWS": ELSEWHERE})

    assert ask(STRANGER, identity=(OWN,)).kind == "resource-based policy"
    assert ask(STRANGER, resource=let_in).kind == "identity-based policy"
    assert ask(STRANGER, resource=let_in, identity=(OWN,)).allowed
    assert ask(STRANGER, resource=let_in, identity=(OWN,), boundary=NOTHING).kind == "permissions boundary"


def test_a_root_user_may_everything_at_home_but_what_a_resource_forbids():
    assert ask(ROOT).kind == "root user"
    assert ask(ROOT, resource=policy(deny(Principal="*"))).outcome == "denied"


def test_a_root_user_of_elsewhere_needs_the_resource():
    elsewhere = ROOT.__class__("root", arn=f"arn:aws:iam::{ELSEWHERE}:root", account=ELSEWHERE)

    assert not ask(elsewhere).allowed
    assert ask(elsewhere, resource=trusting({"AWS": ELSEWHERE})).allowed


def test_a_trust_policy_must_allow_also_at_home():
    trust = policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": SESSION.arn}})
    may = policy(allow("sts:*"))

    assert not ask(ANA, "sts:AssumeRole", ROLE, identity=(may,), resource=trust, resource_must_allow=True).allowed
    assert ask(SESSION, "sts:AssumeRole", ROLE, resource=trust, resource_must_allow=True).allowed


def test_boundaries_and_session_policies_allow_nothing_by_themselves():
    assert not ask(boundary=OWN, session=(OWN,)).allowed
    assert ask(identity=(OWN,), boundary=OWN, session=(NOTHING, OWN)).allowed
    assert ask(identity=(OWN,), session=()).kind == "session policy"


def test_a_service_is_let_in_by_the_resource_for_the_source_that_it_names():
    condition = {
        "ArnLike": {"AWS:SourceArn": f"arn:aws:sns:*:{HERE}:news"},
        "StringEquals": {"aws:SourceAccount": HERE},
    }
    let_in = trusting({"Service": "sns.amazonaws.com"}, Condition=condition)
    news = {"aws:SourceArn": f"arn:aws:sns:us-east-1:{HERE}:news", "AWS:SourceAccount": HERE}

    assert ask(SNS, resource=let_in, context=news).allowed
    assert not ask(SNS, resource=let_in, context={**news, "aws:SourceArn": f"arn:aws:sns:us-east-1:{HERE}:old"}).allowed
    assert not ask(SNS, resource=let_in).allowed
    assert not ask(ANA, resource=let_in, context=news).allowed


def test_everybody_is_everybody():
    assert all(ask(who, resource=trusting("*")).allowed for who in (ANA, SESSION, SNS, NOBODY))
    assert ask(NOBODY, resource=trusting({"AWS": "*"})).allowed
    assert not ask(STRANGER, resource=trusting("*")).allowed  # its own account has a say too
    assert not ask(NOBODY, resource=trusting({"AWS": HERE})).allowed


def test_a_deny_for_all_but_some_spares_those():
    resource = policy(deny(NotPrincipal={"AWS": [ANA.arn, HERE]}), allow(Principal="*"))

    assert ask(resource=resource).allowed
    assert ask(STRANGER, identity=(OWN,), resource=resource).outcome == "denied"


def test_principals_that_were_deleted_are_known_by_their_ids():
    assert ask(resource=trusting({"AWS": "AIDAANA"})).allowed
    assert not ask(resource=trusting({"AWS": "AIDAOTHER"})).allowed
    assert ask(SESSION, resource=trusting({"AWS": "AROAWORKER"})).allowed


@pytest.mark.parametrize(
    ("action", "fits"),
    [
        ("sqs:SendMessage", True), ("SQS:sendmessage", True), ("sqs:Send*", True), ("sqs:Sen?Message", True), ("*", True),
        ("sqs:*", True), ("sqs:SendMessageBatch", False), ("sns:*", False), ("sqs:Send", False),
    ],
)  # fmt: skip
def test_actions_have_wildcards_and_no_case(action, fits):
    assert ask(identity=(policy(allow(action)),)).allowed is fits


def test_all_but_some_actions_and_resources():
    other = QUEUE.replace("jobs", "other")
    but = policy({"Effect": "Allow", "NotAction": ["sqs:Delete*", "iam:*"], "NotResource": other})

    assert ask(identity=(but,)).allowed
    assert not ask(action="sqs:DeleteQueue", identity=(but,)).allowed
    assert not ask(to=other, identity=(but,)).allowed


@pytest.mark.parametrize(
    ("resource", "fits"),
    [
        (QUEUE, True), ("*", True), ("arn:aws:sqs:*:*:jobs", True), ("arn:aws:sqs:us-????-1:*:j*", True), ("arn:aws:sqs", True),
        ("arn:aws:sqs:*:jobs", False), ("arn:aws:sqs:*:*:Jobs", False), ("arn:aws:sqs:eu-*:*:jobs", False),
    ],
)  # fmt: skip
def test_wildcards_in_resources_stay_between_colons(resource, fits):
    assert ask(identity=(policy(allow(resource=resource)),)).allowed is fits


def test_variables_stand_for_what_the_request_has():
    home = policy(allow("s3:*", "arn:aws:s3:::home/${aws:username}/*"))

    assert ask(action="s3:GetObject", to="arn:aws:s3:::home/ana/x/y", identity=(home,)).allowed
    assert not ask(action="s3:GetObject", to="arn:aws:s3:::home/zoe/x", identity=(home,)).allowed
    assert not ask(SESSION, "s3:GetObject", "arn:aws:s3:::home/ana/x", identity=(home,)).allowed


def test_variables_have_defaults_and_signs_can_be_meant():
    team = policy(allow("s3:*", "arn:aws:s3:::${aws:PrincipalTag/team, 'none'}/${*}"))
    tagged = ANA.__class__("user", arn=ANA.arn, account=HERE, tags={"Team": "red"})

    assert ask(tagged, "s3:GetObject", "arn:aws:s3:::red/*", identity=(team,)).allowed
    assert ask(ANA, "s3:GetObject", "arn:aws:s3:::none/*", identity=(team,)).kind == "identity-based policy"
    assert not ask(ANA, "s3:GetObject", "arn:aws:s3:::none/x", identity=(team,)).allowed


def test_a_star_in_a_value_is_only_a_star():
    named = policy(allow("s3:*", "arn:aws:s3:::b/${aws:PrincipalTag/team}"))
    sly = ANA.__class__("user", arn=ANA.arn, account=HERE, tags={"team": "*"})

    assert not ask(sly, "s3:GetObject", "arn:aws:s3:::b/secret", identity=(named,)).allowed


def test_policies_of_before_2012_have_no_variables():
    old = policy(allow("s3:*", "arn:aws:s3:::home/${aws:username}"), version="2008-10-17")

    assert not ask(action="s3:GetObject", to="arn:aws:s3:::home/ana", identity=(old,)).allowed
    assert ask(action="s3:GetObject", to="arn:aws:s3:::home/${aws:username}", identity=(old,)).allowed


@pytest.mark.parametrize(
    "text",
    [
        "no", "[]", '{"Statement": {}}', '{"Statement": {"Effect": "Allow"}}', '{"Statement": [3]}',
        '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringLook": {"a": "b"}}}}',
        '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"NumericEquals": {"a": "b"}}}}',
        '{"Statement": {"Effect": "Allow", "Action": "*", "Principal": "me"}}',
    ],
)  # fmt: skip
def test_what_is_no_policy_is_refused(text):
    with pytest.raises(Malformed):
        document(text)

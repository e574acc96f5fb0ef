"""AddPermission and RemovePermission: statements of a queue's policy, by label."""

from __future__ import annotations

import json

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.sqs.queues import SqsTables

# AWS: AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
MOST_ACTIONS = 7
SHARED_ACTIONS = frozenset(
    ["*", "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl", "ListDeadLetterSourceQueues",
     "PurgeQueue", "ReceiveMessage", "SendMessage"]
)  # fmt: skip
"""What others than the owner of a queue may be allowed to do with it."""


class Permissions(SqsTables):
    def add_permission(self, ctx, QueueUrl, Label, AWSAccountIds, Actions):
        queue = self.queue_at(ctx, QueueUrl)
        if len(Actions) > MOST_ACTIONS:
            raise ApiError(
                "OverLimit", f"{len(Actions)} Actions were found, maximum allowed is {MOST_ACTIONS}.", status=403
            )
        if unknown := next((action for action in Actions if action not in SHARED_ACTIONS), ""):
            reason = "Only the queue owner is allowed to invoke this action."
            problem = f"Value SQS:{unknown} for parameter ActionName is invalid. Reason: {reason}"
            raise ApiError("InvalidParameterValue", problem)
        policy = json.loads(
            queue.attributes.get("Policy")
            or json.dumps({"Version": "2008-10-17", "Id": f"{queue.arn}/SQSDefaultPolicy", "Statement": []})
        )
        if any(statement.get("Sid") == Label for statement in policy["Statement"]):
            raise ApiError(
                "InvalidParameterValue", f"Value {Label} for parameter Label is invalid. Reason: Already exists."
            )
        principals = [f"arn:aws:iam::{account}:root" for account in AWSAccountIds]
        actions = [f"SQS:{action}" for action in Actions]
        policy["Statement"].append(
            {
                "Sid": Label,
                "Effect": "Allow",
                "Principal": {"AWS": principals[0] if len(principals) == 1 else principals},
                "Action": actions[0] if len(actions) == 1 else actions,
                "Resource": queue.arn,
            }
        )
        self.queues.put(replace(queue, attributes={**queue.attributes, "Policy": json.dumps(policy)}))

    def remove_permission(self, ctx, QueueUrl, Label):
        queue = self.queue_at(ctx, QueueUrl)
        policy = json.loads(queue.attributes.get("Policy") or '{"Statement": []}')
        kept = [statement for statement in policy["Statement"] if statement.get("Sid") != Label]
        if len(kept) == len(policy["Statement"]):
            problem = f"Value {Label} for parameter Label is invalid. Reason: can't find label."
            raise ApiError("InvalidParameterValue", problem)
        attributes = {**queue.attributes, "Policy": json.dumps({**policy, "Statement": kept})}
        if not kept:
            del attributes["Policy"]
        self.queues.put(replace(queue, attributes=attributes))

"""Confirming a subscription with the token that was sent to its endpoint."""

from __future__ import annotations

from msgspec.structs import replace

from windtunnel.aws.calls import Elsewhere
from windtunnel.aws.errors import ApiError
from windtunnel.services.sns.topics import SnsTables, invalid

TOKEN_LENGTH = 288


class Confirmations(SnsTables):
    def confirm_subscription(self, ctx, TopicArn, Token, AuthenticateOnUnsubscribe=None):
        if len(Token) != TOKEN_LENGTH:
            raise ApiError("InvalidParameter", "Invalid token")
        account = TopicArn.split(":")[4] if TopicArn.count(":") == 5 else ""
        if len(account) == 12 and account.isdigit() and account != self.home.account:
            raise Elsewhere(account)
        topic = self.topics.get(TopicArn.rpartition(":")[2])
        of_topic = self.subscriptions.all(topic.name) if topic is not None else []
        found = next((each for each in of_topic if each.token == Token), None)
        if found is None:
            raise invalid("Token")
        authenticated = str(AuthenticateOnUnsubscribe).lower() == "true"
        self.subscriptions.put(replace(found, confirmed=True, authenticated=authenticated))
        return {"SubscriptionArn": found.arn}

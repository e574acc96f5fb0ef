"""What REST APIs tell the recorder, beside `RouteRequested`."""

from windtunnel.kernel.recorder import Fact


class RequestAuthorized(Fact, frozen=True):
    """A Lambda authorizer was asked, or its cached answer used."""

    api: str
    authorizer: str
    allowed: bool
    cached: bool

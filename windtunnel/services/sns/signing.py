"""
Signatures that verify: a key of this cloud's own, made when the first notification is signed, and its certificate.

AWS: sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

KEY_BITS = 1024
"""Half of AWS's: whoever verifies finds no difference, and a signature takes 0.2 ms here instead of 1.2."""

_SIGNED = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_VALID = timedelta(days=3650)


class Signer:
    """Signs the fields of a notification."""

    def __init__(self, keep: Callable[[bytes], str], now: float) -> None:
        """`keep` stores the certificate and gives its name there; it is valid from `now` on."""
        self._keep = keep
        self._now = now
        self._last: tuple[str, str] = ("", "")

    def signature(self, fields: dict[str, Any]) -> str:
        """In base64. The same message to several subscriptions is signed once."""
        text = "".join(f"{name}\n{fields[name]}\n" for name in _SIGNED if fields.get(name) is not None)
        version = fields["SignatureVersion"]
        if self._last[0] != version + text:
            self._last = (version + text, self._sign(text, version))
        return self._last[1]

    def _sign(self, text: str, version: str) -> str:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303 - AWS's first version
        return base64.b64encode(self._key.sign(text.encode(), padding.PKCS1v15(), algorithm)).decode()

    @functools.cached_property
    def _key(self) -> Any:
        from cryptography.hazmat.primitives.asymmetric import rsa

        return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)

    @functools.cached_property
    def path(self) -> str:
        """Where the certificate is served (`gateway/pages.py`)."""
        return f"/_windtunnel/SimpleNotificationService-{self._keep(self._certificate)}.pem"

    @functools.cached_property
    def _certificate(self) -> bytes:
        """In PEM, for the key that signs."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.x509.oid import NameOID

        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        began = datetime.fromtimestamp(self._now, UTC) - timedelta(days=1)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(began)
            .not_valid_after(began + _VALID)
            .sign(self._key, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM)

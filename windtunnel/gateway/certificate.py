"""A certificate for TLS on this machine, signed by itself."""

from __future__ import annotations

import datetime
import ipaddress
import os
import ssl
from collections.abc import Sequence

NAMES = ("localhost", "*.localhost", "*.s3.localhost", "*.execute-api.localhost", "*.lambda-url.localhost")
_DAYS = 397


def context(folder: str, now: float, names: Sequence[str] = NAMES) -> ssl.SSLContext:
    """A TLS context with the certificate kept in `folder`, which is made there when it is missing or out of date."""
    path = ensure(folder, now, names)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(path)
    tls.set_alpn_protocols(["http/1.1"])
    return tls


def ensure(folder: str, now: float, names: Sequence[str] = NAMES) -> str:
    """The path of a PEM file with key and certificate, readable by its owner only."""
    path = os.path.join(folder, "localhost.pem")
    if not _is_valid(path, now):
        os.makedirs(folder, exist_ok=True)
        written = f"{path}.new"
        with open(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(make(now, names))
        os.replace(written, path)
    return path


def make(now: float, names: Sequence[str] = NAMES) -> bytes:
    """A new key and its certificate, in PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    start = datetime.datetime.fromtimestamp(now, datetime.UTC)
    addresses = [x509.IPAddress(ipaddress.ip_address(each)) for each in ("127.0.0.1", "::1")]
    alternatives = [*(x509.DNSName(name) for name in names), *addresses]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(issuer)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - datetime.timedelta(days=1))
        .not_valid_after(start + datetime.timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _is_valid(path: str, now: float) -> bool:
    from cryptography import x509

    try:
        with open(path, "rb") as file:
            certificate = x509.load_pem_x509_certificate(file.read())
    except (OSError, ValueError):
        return False
    return certificate.not_valid_before_utc.timestamp() <= now < certificate.not_valid_after_utc.timestamp() - 86400

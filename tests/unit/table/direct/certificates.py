"""Certificates of a test: an authority of its own, and what it signs."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


@dataclass(frozen=True)
class Authority:
    """Signs certificates; `bundle` is what to trust."""

    key: ec.EllipticCurvePrivateKey
    folder: Path
    bundle: Path

    @classmethod
    def new(cls, folder: Path) -> Self:
        key = ec.generate_private_key(ec.SECP256R1())
        authority = cls(key, folder, folder / "bundle.pem")
        constraint = x509.BasicConstraints(ca=True, path_length=0)
        made = authority._signed(_named("Tests"), key.public_key(), constraint, 1)
        authority.bundle.write_bytes(made)
        return authority

    def server(self, address: str = "127.0.0.1", days: int = 1) -> ssl.SSLContext:
        """A server's context, with a certificate for `address`, over after some days."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        file = self.folder / f"{address}.{days}.pem"
        file.write_bytes(
            self._signed(_named("Server"), key.public_key(), names, days)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _signed(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePublicKey,
        extension: x509.ExtensionType,
        days: int,
    ) -> bytes:
        now = datetime.now(UTC)
        signed = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(_named("Tests"))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=10))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(extension, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
        )
        if isinstance(extension, x509.BasicConstraints):
            usage = x509.KeyUsage(
                digital_signature=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            )
            signed = signed.add_extension(usage, critical=True)
        return signed.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

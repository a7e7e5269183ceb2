"""An RFC 3161 timestamp authority: its keys, and a real server on loopback that may also misbehave.

The tokens are OpenSSL's (`openssl ts -reply`) or pyHanko's, never ours.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
STAMP = ExtendedKeyUsageOID.TIME_STAMPING


@cache
def a_key(kind: str, name: str):
    """Return a key; the same one for the same name, because making RSA keys takes long."""
    del name
    return rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())


def certified(
    subject: str,
    key,
    issuer,
    *,
    authority: bool = False,
    purposes=(),
    critical: bool = True,
    period=(BEGIN, BEGIN + timedelta(days=30 * 365)),
    crl_url: str = "",
) -> x509.Certificate:
    """Return a certificate for one of the parts of a timestamp authority; ``issuer`` is (name, key)."""
    issuer_name, issuer_key = issuer

    def name(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer_name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(period[0])
        .not_valid_after(period[1])
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not authority,
                content_commitment=False,
                key_cert_sign=authority,
                crl_sign=authority,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=critical)
    if crl_url:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


@dataclass
class Stamps:
    """A timestamp authority: a root, an authority between, and a signer.

    Attributes:
        kind: ``rsa`` or ``ec``, of every key; pyHanko's stamper knows RSA alone.
        at: The time that it writes into tokens.
        crl_url: Where the lists of both authorities are said to be.
    """

    kind: str = "rsa"
    at: datetime = datetime(2026, 11, 24, 9, 0, 3, tzinfo=UTC)
    purposes: tuple = (STAMP,)
    critical: bool = True
    begin: datetime = BEGIN
    end: datetime = BEGIN + timedelta(days=30 * 365)
    crl_url: str = ""
    name: str = "Stamps"
    between_may: bool = True
    root: x509.Certificate = field(init=False)
    between: x509.Certificate = field(init=False)
    signer: x509.Certificate = field(init=False)

    def __post_init__(self) -> None:
        root, between, signer = (self.key(part) for part in ("root", "between", "signer"))
        self.root = certified(f"{self.name} Root", root, (f"{self.name} Root", root), authority=True)
        self.between = certified(
            f"{self.name} Between",
            between,
            (f"{self.name} Root", root),
            authority=self.between_may,
            crl_url=self.crl_url and f"{self.crl_url}/root.crl",
        )
        self.signer = certified(
            f"{self.name} Signer",
            signer,
            (f"{self.name} Between", between),
            purposes=self.purposes,
            critical=self.critical,
            period=(self.begin, self.end),
            crl_url=self.crl_url and f"{self.crl_url}/between.crl",
        )

    def key(self, part: str):
        return a_key(self.kind, f"{self.name} {part}")

    def crl(self, part: str) -> bytes:
        """Return an empty revocation list of the root or of the authority between, DER."""
        issuer = {"root": self.root, "between": self.between}[part]
        return (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.subject)
            .last_update(self.at - timedelta(hours=1))
            .next_update(self.at + timedelta(days=30))
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False
            )
            .add_extension(x509.CRLNumber(1), critical=False)
            .sign(self.key(part), hashes.SHA256())
            .public_bytes(Encoding.DER)
        )

    def anchor_file(self, folder: Path) -> Path:
        path = folder / f"{self.name}-root.pem"
        path.write_bytes(self.root.public_bytes(Encoding.PEM))
        return path

    def reply(self, request: bytes) -> bytes:
        """Answer a TimeStampReq through pyHanko."""
        private = self.key("signer").private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        store = SimpleCertificateStore()
        store.register_multiple([_asn1(self.between), _asn1(self.root)])
        stamper = DummyTimeStamper(
            _asn1(self.signer), asn1_keys.PrivateKeyInfo.load(private), store, fixed_dt=self.at
        )
        return stamper.request_tsa_response(tsp.TimeStampReq.load(request)).dump()

    def token(self, imprint: bytes) -> bytes:
        """Return pyHanko's token over a SHA-256, as the authority wrote it."""
        request = tsp.TimeStampReq(
            {
                "version": 1,
                "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": imprint},
                "cert_req": True,
            }
        )
        response = tsp.TimeStampResp.load(self.reply(request.dump()))
        return response["time_stamp_token"].dump()

    def openssl(self, folder: Path) -> Callable[[bytes], bytes]:
        """Return a function that answers a TimeStampReq through ``openssl ts``; its clock is the real one."""
        (folder / "key.pem").write_bytes(
            self.key("signer").private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        )
        (folder / "signer.pem").write_bytes(self.signer.public_bytes(Encoding.PEM))
        chain = self.between.public_bytes(Encoding.PEM) + self.root.public_bytes(Encoding.PEM)
        (folder / "chain.pem").write_bytes(chain)
        (folder / "ts.cnf").write_text(
            f"""
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/signer.pem
certs = {folder}/chain.pem
signer_key = {folder}/key.pem
signer_digest = sha512
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = yes
ess_cert_id_chain = yes
ess_cert_id_alg = sha1
""",
            encoding="ascii",
        )

        def reply(request: bytes) -> bytes:
            (folder / "request.tsq").write_bytes(request)
            done = subprocess.run(
                [
                    "openssl",
                    "ts",
                    "-reply",
                    "-config",
                    "ts.cnf",
                    "-queryfile",
                    "request.tsq",
                    "-out",
                    "reply.tsr",
                ],
                cwd=folder,
                capture_output=True,
                timeout=30,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            return (folder / "reply.tsr").read_bytes()

        return reply


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


@dataclass
class Behaviour:
    """How the server answers; ``status`` and ``delay_seconds`` may change between requests.

    Attributes:
        failures: So many requests are answered 503 first.
        asked: The requests seen.
    """

    reply: Callable[[bytes], bytes]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay_seconds: float = 0
    drip_seconds: float = 0
    failures: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[bytes] = field(default_factory=list)


@contextmanager
def served(behaviour: Behaviour) -> Iterator[str]:
    """Serve an authority on a free port of loopback and give its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            behaviour.asked.append(body)
            assert self.headers["Content-Type"] == "application/timestamp-query"
            time.sleep(behaviour.delay_seconds)
            if behaviour.failures:
                behaviour.failures -= 1
                self._answer(503, b"")
                return
            self._answer(behaviour.status, behaviour.reply(body) if behaviour.status == 200 else b"")

        def do_GET(self):
            found = behaviour.files.get(self.path)
            self._answer(404 if found is None else 200, found or b"")

        def _answer(self, status, body):
            self.send_response(status)
            for name, value in behaviour.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                if behaviour.drip_seconds:
                    for byte in body:
                        self.wfile.write(bytes((byte,)))
                        self.wfile.flush()
                        time.sleep(behaviour.drip_seconds)
                else:
                    self.wfile.write(body)
            except OSError:
                return  # the client has hung up, as it should

        def log_message(self, *arguments):
            del arguments

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)

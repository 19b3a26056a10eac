"""An S3 server that refuses as S3 does: a wrong key, region, clock, or bucket."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

import boto3
import moto.server
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from werkzeug.serving import WSGIRequestHandler, make_server

BUCKET, REGION = "films", "eu-central-1"
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
MOST_SKEW = timedelta(minutes=15)

Environ = dict[str, Any]
Start = Callable[[str, list[tuple[str, str]]], Any]


@dataclass
class StrictS3:
    """Checks each request before moto answers it.

    Attributes:
        url: Where it is; a bucket is part of the path.
        clock: The server's; tests move it.
        methods: Of the requests that were let through.
    """

    url: str = ""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    methods: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        of_moto: Any = moto.server
        self._moto = of_moto.DomainDispatcherApplication(of_moto.create_backend_app)

    def env(self) -> dict[str, str]:
        """What leads to it, for the environment."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }

    def as_boto(self) -> dict[str, str]:
        """The same, for boto."""
        return {
            "endpoint_url": self.url,
            "region_name": REGION,
            "aws_access_key_id": KEY,
            "aws_secret_access_key": SECRET,
        }

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Answer as a WSGI application."""
        problem = self._problem(environ)
        if problem is None:
            self.methods.append(environ["REQUEST_METHOD"])
            answer: Iterable[bytes] = self._moto(environ, start)
            return answer
        status, code, message, more = problem
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code>'
            f"<Message>{escape(message)}</Message>{more}<RequestId>4442587FB7D0A2F9</RequestId>"
            "<HostId>abc</HostId></Error>"
        ).encode()
        start(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _problem(self, environ: Environ) -> tuple[str, str, str, str] | None:
        header = environ.get("HTTP_AUTHORIZATION", "")
        if not header:
            return "403 Forbidden", "AccessDenied", "Access Denied", ""
        parts = dict(part.strip().split("=", 1) for part in header.split(" ", 1)[1].split(","))
        key, _, region, *_ = parts["Credential"].split("/")
        sent = datetime.strptime(environ["HTTP_X_AMZ_DATE"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if key != KEY:
            return (
                "403 Forbidden",
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
                f"<AWSAccessKeyId>{escape(key)}</AWSAccessKeyId>",
            )
        if abs(self.clock() - sent) > MOST_SKEW:
            return (
                "403 Forbidden",
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
                f"<RequestTime>{environ['HTTP_X_AMZ_DATE']}</RequestTime>"
                f"<ServerTime>{self.clock():%Y-%m-%dT%H:%M:%SZ}</ServerTime>",
            )
        if region != REGION:
            return (
                "400 Bad Request",
                "AuthorizationHeaderMalformed",
                f"The authorization header is malformed; the region '{region}' is wrong; expecting "
                f"'{REGION}'",
                f"<Region>{REGION}</Region>",
            )
        if parts["Signature"] != _signature(environ, parts["SignedHeaders"], region):
            return (
                "403 Forbidden",
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. "
                "Check your key and signing method.",
                "",
            )
        if environ["PATH_INFO"].split("/")[1] != BUCKET:
            return "404 Not Found", "NoSuchBucket", "The specified bucket does not exist", ""
        return None


def _signature(environ: Environ, signed: str, region: str) -> str:
    headers = {
        name: environ.get(f"HTTP_{name.upper().replace('-', '_')}") or environ["CONTENT_TYPE"]
        for name in signed.split(";")
    }
    query = f"?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else ""
    url = f"http://{environ['HTTP_HOST']}{environ['RAW_URI'].split('?')[0]}{query}"
    request = AWSRequest(environ["REQUEST_METHOD"], url, headers=headers)
    request.context["timestamp"] = environ["HTTP_X_AMZ_DATE"]
    auth = S3SigV4Auth(Credentials(KEY, SECRET), "s3", region)
    words = auth.string_to_sign(request, auth.canonical_request(request))
    return str(auth.signature(words, request))


class _Silent(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Say nothing of each request."""


@contextmanager
def strict_s3() -> Iterator[StrictS3]:
    """Serve one bucket."""
    s3 = StrictS3()
    server = make_server("127.0.0.1", 0, s3, threaded=True, request_handler=_Silent)
    s3.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    client = boto3.client("s3", **s3.as_boto())
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.methods.clear()
    try:
        yield s3
    finally:
        server.shutdown()
        thread.join()

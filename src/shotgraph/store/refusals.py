"""Turn the error of a bucket's server into one line with advice.

The codes are those of Amazon S3, which compatible servers send too:
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

import errno
import re

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from shotgraph.errors import Retryable, StoreRefused

_NOT_ALLOWED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_ELEMENT = re.compile(
    r"<(Code|Message|Region|ServerTime|RequestTime)>([^<]{0,300})</", re.IGNORECASE
)
_REFUSED_WITHOUT_A_WORD = re.compile(r"status code: (?:301|400|401|403)\b[^:]*:\s*$", re.MULTILINE)
_REGION = "set AWS_REGION, or the region of the MediaStore block, to {region}"
_ADVICE = {
    "AuthorizationHeaderMalformed": _REGION,
    "AuthorizationQueryParametersError": _REGION,
    "PermanentRedirect": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "InvalidAccessKeyId": "the server does not know AWS_ACCESS_KEY_ID, or the block's access key",
    "SignatureDoesNotMatch": (
        "AWS_SECRET_ACCESS_KEY, or the block's secret, does not belong to this access key"
    ),
    "ExpiredToken": "AWS_SESSION_TOKEN is too old: get a new one",
    "InvalidToken": "AWS_SESSION_TOKEN does not belong to this server",
    "RequestTimeTooSkewed": (
        "the clock of this machine says {requesttime}, and the server's {servertime}: set it, as "
        "with timedatectl set-ntp true"
    ),
    "AccessDenied": "the key needs the permission to read, list and write there",
    "NoSuchBucket": "there is no such bucket: make it, or name another with SHOTGRAPH_STORE",
}
NO_BUCKET = "<Code>NoSuchBucket</Code>"


def not_done(what: str, error: Exception) -> Retryable:
    """Make the error of a failed operation of a store.

    Args:
        what: The failed operation: "could not read results/9f3a….json".
        error: The error of the object store.
    """
    if isinstance(error, OSError) and error.errno in _NOT_ALLOWED:
        return StoreRefused(
            f"the store {what}: {error.strerror}. You need the permission to read and write "
            "there: change the permissions, or name another folder with SHOTGRAPH_STORE. "
            "Nothing is bought without a record in the store; earlier purchases are on record. "
            "Then run again"
        )
    found = {name.lower(): text for name, text in _ELEMENT.findall(str(error))}
    code = found.get("code", "")
    if code not in _ADVICE:
        said = f"{code}: {found.get('message', '')}" if code else _first_line(error)
        return Retryable(f"the store {what}: {said}")
    values = {"region": "the bucket's", "requesttime": "another time", "servertime": "another"}
    advice = _ADVICE[code].format(**values | found)
    return StoreRefused(
        f"the store {what}: its server refuses ({code}). {advice[0].upper()}{advice[1:]}. Nothing "
        "is bought without a record in the store; earlier purchases are on record. Then run again"
    )


def without_a_word(error: Exception) -> bool:
    """Whether a server refused without a reason, as in the answer to HEAD, which has no body."""
    return isinstance(error, BaseError) and bool(_REFUSED_WITHOUT_A_WORD.search(str(error)))


async def explained(backend: ObjectStore, name: str, error: Exception) -> Exception:
    """If an error has no reason, send a GET, whose answer has a body, and return its error."""
    if without_a_word(error):
        try:
            await obstore.get_async(backend, name)
        except (BaseError, OSError) as worded:
            return worded
    return error


def explained_now(backend: ObjectStore, name: str, error: Exception) -> Exception:
    """Like `explained`, for callers that can't await."""
    if without_a_word(error):
        try:
            obstore.get(backend, name)
        except (BaseError, OSError) as worded:
            return worded
    return error


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:300]

"""The stand-in's STS: credentials of the usual length, for whatever role is asked for."""

from typing import Final
from urllib.parse import parse_qs

from benchmarks import shop

_ANSWER: Final = """\
<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/tenant/session</Arn>
<AssumedRoleId>AROAEXAMPLEEXAMPLE:session</AssumedRoleId></AssumedRoleUser>
<Credentials><AccessKeyId>{key}</AccessKeyId>
<SecretAccessKey>{secret}</SecretAccessKey><SessionToken>{token}</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>
<ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata>
</AssumeRoleResponse>"""


def issued(body: bytes) -> bytes:
    """The XML of AssumeRole's answer. Raises ValueError for another action.

    The access key is the session's name, so that the keys of a call can be held against it.
    """
    asked = parse_qs(body.decode())
    if asked["Action"] != ["AssumeRole"]:
        raise ValueError("the stand-in's STS answers AssumeRole alone")
    (name,) = asked["RoleSessionName"]
    return _ANSWER.format(key=name, secret="s" * 40, token=shop.TOKEN).encode()

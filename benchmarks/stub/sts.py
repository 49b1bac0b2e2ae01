"""The stand-in's STS: credentials of the usual length, for whatever role is asked for."""

from typing import Final

from benchmarks import shop

_ANSWER: Final = """\
<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/tenant/session</Arn>
<AssumedRoleId>AROAEXAMPLEEXAMPLE:session</AssumedRoleId></AssumedRoleUser>
<Credentials><AccessKeyId>ASIAEXAMPLEEXAMPLE00</AccessKeyId>
<SecretAccessKey>{secret}</SecretAccessKey><SessionToken>{token}</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>
<ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata>
</AssumeRoleResponse>"""


def answer(body: bytes) -> bytes:
    """The XML of AssumeRole's answer. Raises ValueError for another action."""
    if b"Action=AssumeRole" not in body:
        raise ValueError("the stand-in's STS answers AssumeRole alone")
    return _ANSWER.format(secret="s" * 40, token=shop.TOKEN).encode()

"""Tokens: of the development server's issuer, or of the Cognito user pool of a deployed stack."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any, Final

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from cli.stack import Connect

LOCAL: Final = "http://127.0.0.1:8000"
LOOPBACK: Final = ("http://127.0.0.1:", "http://localhost:")
SECONDS: Final = 30.0
FLOW: Final = "ADMIN_USER_PASSWORD_AUTH"


class TokenError(Exception):
    """No token can be had; the message says what to do."""


def development_token(url: str, actor: str) -> str:
    """A token that the development server at `url` hands out for `acme/admin` and the like.

    Raises TokenError.
    """
    try:
        answer = httpx.get(f"{url}/tokens/{actor}", timeout=SECONDS)
    except httpx.HTTPError as error:
        raise TokenError(f"{url}: {error}. Is it running? `make run` starts it.") from None
    if not answer.is_success:
        raise TokenError(f"{url} has no token for {actor}; see what `make run` prints")
    return answer.text.strip()


def pool_token(connect: Connect, stack: str, user: str, password: Callable[[], str]) -> str:
    """An ID token of a user of the stack's pool; `password` is asked for when the pool is known.

    Needs the right to cognito-idp:AdminInitiateAuth, and a stack for development: others let no
    client log in by password. Raises TokenError.
    """
    try:
        described = connect("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}
        if "UserPoolId" not in outputs:
            issuer = outputs.get("Issuer", "another issuer")
            raise TokenError(f"{stack} has no user pool: its tokens come from {issuer}")
        answer: Any = connect("cognito-idp").admin_initiate_auth(
            UserPoolId=outputs["UserPoolId"],
            ClientId=outputs["UserPoolClientId"],
            AuthFlow=FLOW,
            AuthParameters={"USERNAME": user, "PASSWORD": password()},
        )
    except ClientError as error:
        raise TokenError(_told(error, user)) from None
    except BotoCoreError as error:
        raise TokenError(str(error)) from None
    if "AuthenticationResult" not in answer:
        raise TokenError(
            f"{user} has to answer {answer.get('ChallengeName')} first: log in once at LoginUrl,"
            " an output of the stack"
        )
    return answer["AuthenticationResult"]["IdToken"]


def _told(error: ClientError, user: str) -> str:
    """What AWS says, and what to do about it. Neither holds the password."""
    found = error.response.get("Error", {})
    match found.get("Code"):
        case "NotAuthorizedException" | "UserNotFoundException":
            return f"there is no {user} with this password"
        case "InvalidParameterException":
            return (
                "the pool lets nobody log in by password, as in production: log in at LoginUrl, an"
                " output of the stack, and take the ID token from there"
            )
        case _:
            return str(error)


def claims(token: str) -> dict[str, Any]:
    """What a token says, unproved. Raises TokenError for what is no token."""
    try:
        part = token.split(".")[1]
        found: Any = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        raise TokenError("that is no token") from None
    return dict(found)

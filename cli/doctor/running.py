"""All checks in their order, and a run of them."""

from collections.abc import Callable, Collection, Iterator
from copy import replace
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from cli.doctor import (
    answering,
    drifting,
    functions,
    gateway,
    permissions,
    probing,
    protecting,
    streaming,
    tables,
    watching,
)
from cli.doctor.deployed import Deployed
from cli.doctor.findings import Check, Result, Unchecked
from cli.stack import StackError

CHECKS: Final[tuple[Check, ...]] = (
    *permissions.CHECKS,
    *probing.CHECKS,
    *tables.CHECKS,
    *streaming.CHECKS,
    *functions.CHECKS,
    *gateway.CHECKS,
    *watching.CHECKS,
    *protecting.CHECKS,
    *drifting.CHECKS,
    # Last: a function that has just started is slow, and alarms see that.
    *answering.CHECKS,
)
BY_ID: Final = {check.id: check for check in CHECKS}


def examine(
    stack: Deployed,
    checks: Collection[Check],
    accepted: Collection[str] = (),
    starting: Callable[[Check], None] = lambda _check: None,
) -> Iterator[Result]:
    """What comes of each check. `starting` hears of each before it is made.

    One that AWS does not answer, for want of a right or otherwise, is told as not made, and the
    others go on.
    """
    for check in checks:
        starting(check)
        yield replace(_examined(stack, check), accepted=check.id in accepted)


def _examined(stack: Deployed, check: Check) -> Result:
    try:
        return Result(check, tuple(check.look(stack)))
    except Unchecked as reason:
        return Result(check, unchecked=str(reason))
    except (BotoCoreError, ClientError, StackError) as error:
        return Result(check, unchecked=str(error))
    except KeyError as missing:
        told = f"the stack has no {missing}: was it deployed from another version?"
        return Result(check, unchecked=told)

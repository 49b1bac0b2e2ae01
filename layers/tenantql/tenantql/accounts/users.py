"""Users: reads, and writes that keep e-mail address and user name unique in the tenant."""

import re
from typing import Final

import msgspec

from tenantql.accounts.model import User, comparable
from tenantql.engine import idempotency
from tenantql.engine.context import Context
from tenantql.engine.idempotency import IdempotencyRecord
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table import unique
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.requests import Get, Page, Query
from tenantql.table.writes import Create, Transact
from tenantql.tenancy.identity import Role

_USERNAME: Final = re.compile(r"[\w.-]{3,40}")
DISPLAY_NAME_LENGTH: Final = 200
PRIVILEGED: Final = frozenset({Role.STAFF, Role.ADMIN})


class NewUser(msgspec.Struct, frozen=True, kw_only=True):
    """What a user is created from."""

    email: str
    username: str
    display_name: str
    roles: list[Role]


def by_email(tenant: str, email: str) -> Query[User]:
    """The user who has this address, if any (U3): one Query of GSI1."""
    index = entity_of(User).index("GSI1")
    values = {"tenant": tenant, "email_key": comparable(email)}
    return Query(User, index.pk.format(values), index="GSI1", sk=index.sk.format(values), limit=1)


def only(page: Page[User]) -> User | None:
    """The one user of a page that has at most one."""
    return page.items[0] if page.items else None


async def create(context: Context, new: NewUser, idempotency_key: str | None = None) -> User:
    """Creates a user with both claims in one transaction (U1).

    With `idempotency_key`, a repetition returns the user that the first call created. Raises
    UserError for what the caller can put right, and then nothing has been written.
    """
    _check(context, new, idempotency_key)
    id = context.new_id(context.now)
    user = User(
        **context.audit(),
        id=id,
        shard=context.shard("users", id),
        email=new.email,
        email_key=comparable(new.email),
        username=new.username,
        username_key=comparable(new.username),
        display_name=new.display_name.strip(),
        roles=sorted(new.roles),
    )
    record = _record(context, new, user, idempotency_key)
    actions = unique.creation(user) if record is None else (*unique.creation(user), Create(record))
    try:
        await Transact(actions)
    except ConditionFailed as error:
        if record is not None and actions.index(Create(record)) in error.failed:
            return await _earlier(record)
        fields = [field.removesuffix("_key") for field in unique.taken(error)]
        if not fields:
            raise
        raise UserError(
            [
                Problem("TAKEN", f"This {field} is taken; choose another.", (field,))
                for field in fields
            ]
        ) from None
    return user


def _record(
    context: Context, new: NewUser, user: User, key: str | None
) -> IdempotencyRecord | None:
    if key is None:
        return None
    result = entity_of(User).key(tenant=user.tenant, id=user.id)
    return idempotency.record(context, "createUser", key, new, result)


async def _earlier(record: IdempotencyRecord) -> User:
    """What the first use of the key created."""
    first = await idempotency.earlier(record)
    if first is not None and first.fingerprint != record.fingerprint:
        message = "This idempotency key was used for another input; use a new one."
        raise UserError([Problem("KEY_REUSED", message, ("idempotencyKey",))])
    user = await Get(User, Key(first.result_pk, first.result_sk)) if first else None
    if user is None:
        raise Conflict("the first result is gone; use a new idempotency key")
    return user


def _check(context: Context, new: NewUser, idempotency_key: str | None) -> None:
    """Raises UserError with everything that is wrong with the input."""
    problems: list[Problem] = []
    # The form of what is compared: normalising can bring in spaces and brackets.
    if not _USERNAME.fullmatch(comparable(new.username)):
        message = "A user name has 3 to 40 letters, digits, dots, dashes and underscores."
        problems.append(Problem("INVALID", message, ("username",)))
    if not 0 < len(new.display_name.strip()) <= DISPLAY_NAME_LENGTH:
        message = f"A display name has 1 to {DISPLAY_NAME_LENGTH} characters."
        problems.append(Problem("INVALID", message, ("displayName",)))
    if not new.roles:
        problems.append(Problem("INVALID", "A user has at least one role.", ("roles",)))
    if len(new.roles) != len(set(new.roles)):
        problems.append(Problem("INVALID", "A role is listed twice.", ("roles",)))
    if PRIVILEGED.intersection(new.roles) and not context.has(Role.ADMIN):
        message = "Only an administrator creates staff and administrators."
        problems.append(Problem("NOT_ALLOWED", message, ("roles",)))
    if idempotency_key is not None and not 0 < len(idempotency_key) <= idempotency.MAX_LENGTH:
        message = f"An idempotency key has 1 to {idempotency.MAX_LENGTH} characters."
        problems.append(Problem("INVALID", message, ("idempotencyKey",)))
    if problems:
        raise UserError(problems)

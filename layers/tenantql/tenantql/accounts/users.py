"""Users: reads, and writes that keep e-mail address and user name unique in the tenant."""

import re
from typing import Final

import msgspec

from tenantql.accounts.model import User, comparable
from tenantql.engine.context import Context
from tenantql.engine.errors import BadUserInput
from tenantql.engine.idempotency import Once, problems_of
from tenantql.engine.user_errors import Problem, UserError, fits
from tenantql.table import unique
from tenantql.table.entity import entity_of
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.requests import Get, Page, Query
from tenantql.tenancy.identity import Role

_USERNAME: Final = re.compile(r"[\w.-]{3,40}")
DISPLAY_NAME_BYTES: Final = 200
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


def by_username(tenant: str, username: str) -> Query[User]:
    """The user who has this name, if any (U2): one Query of GSI2.

    Raises BadUserInput for what no user can be named.
    """
    username_key = comparable(username)
    if not _USERNAME.fullmatch(username_key):
        raise BadUserInput("a user name has 3 to 40 letters, digits, dots, hyphens or underscores")
    index = entity_of(User).index("GSI2")
    values = {"tenant": tenant, "username_key": username_key}
    return Query(User, index.pk.format(values), index="GSI2", sk=index.sk.format(values), limit=1)


def newest(context: Context) -> list[Query[User]]:
    """All users of the organisation, the newest first (U7): one Query of GSI3 for each shard."""
    index = entity_of(User).index("GSI3")
    return [
        Query(
            User,
            index.pk.format({"tenant": context.tenant, "shard": shard}),
            index="GSI3",
            descending=True,
        )
        for shard in context.shards_of("users")
    ]


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
        roles=frozenset(map(str, new.roles)),
    )
    own = entity_of(User).key_of(user)
    once = Once(context, "createUser", idempotency_key, new)
    try:
        key = await once.transact(unique.creation(user), own)
    except ConditionFailed as error:
        fields = [field.removesuffix("_key") for field in unique.taken(error)]
        if not fields:
            raise
        raise UserError(
            [
                Problem("TAKEN", f"This {field} is taken; choose another.", (field,))
                for field in fields
            ]
        ) from None
    found = user if key == own else await Get(User, key)
    if found is None:
        raise Conflict("the first result is gone; use a new idempotency key")
    return found


def _check(context: Context, new: NewUser, idempotency_key: str | None) -> None:
    """Raises UserError with everything that is wrong with the input."""
    problems: list[Problem] = []
    # The form of what is compared: normalising can bring in spaces and brackets.
    if not _USERNAME.fullmatch(comparable(new.username)):
        message = "A user name has 3 to 40 letters, digits, dots, dashes and underscores."
        problems.append(Problem("INVALID", message, ("username",)))
    problems += name_problems(new.display_name)
    if not new.roles:
        problems.append(Problem("INVALID", "A user has at least one role.", ("roles",)))
    if len(new.roles) != len(set(new.roles)):
        problems.append(Problem("INVALID", "A role is listed twice.", ("roles",)))
    if PRIVILEGED.intersection(new.roles) and not context.has(Role.ADMIN):
        message = "Only an administrator creates staff and administrators."
        problems.append(Problem("NOT_ALLOWED", message, ("roles",)))
    problems += problems_of(idempotency_key)
    if problems:
        raise UserError(problems)


def name_problems(display_name: str) -> list[Problem]:
    """What is wrong with a name to show."""
    if display_name.strip() and fits(display_name.strip(), DISPLAY_NAME_BYTES):
        return []
    message = f"A display name has 1 to {DISPLAY_NAME_BYTES} bytes in UTF-8."
    return [Problem("INVALID", message, ("displayName",))]

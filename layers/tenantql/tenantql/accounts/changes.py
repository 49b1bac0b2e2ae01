"""Users change, and go: addresses stay unique, and who is gone has no token that is good."""

import msgspec

from tenantql.accounts import tokens
from tenantql.accounts.model import User, comparable
from tenantql.accounts.users import PRIVILEGED, name_problems
from tenantql.engine.context import Context
from tenantql.engine.errors import NotFound
from tenantql.engine.idempotency import Once, problems_of
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table import unique
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.expressions import Change, Condition, Set, all_of, equals, lacks
from tenantql.table.requests import Get
from tenantql.table.writes import Action, Update, index_change
from tenantql.tenancy.identity import Role


class UserChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change of a user; None leaves something as it is.

    `version` is that of the user whom the caller has seen. A new `email` needs `current_email`,
    the address that it takes the place of.
    """

    id: str
    version: int
    display_name: str | None = None
    email: str | None = None
    current_email: str | None = None

    @property
    def current_key(self) -> str:
        """The present address as it is compared."""
        return comparable(self.current_email or "")

    @property
    def moves(self) -> bool:
        """Whether the address becomes another one, and not the same in another form."""
        return self.email is not None and comparable(self.email) != self.current_key


async def update(context: Context, change: UserChange, idempotency_key: str | None) -> User | Key:
    """Changes a profile (U5): one UpdateItem, for a new address one transaction. No read.

    Returns the user; after a transaction, which answers with nothing, the user's table key.
    Everybody changes their own, staff that of customers and sellers, administrators any. Raises
    UserError for what the caller can put right, NotFound, and Conflict if the user has changed
    meanwhile; then nothing has been written.
    """
    _check(context, change, idempotency_key)
    own = entity_of(User).key(tenant=context.tenant, id=change.id)
    update = Update(User, own, _changes(context, change), _condition(context, change))
    once = Once(context, "updateUser", idempotency_key, change)
    try:
        if not change.moves and idempotency_key is None:
            return await update
        return await once.transact((update, *_claims(context, change, own)), own)
    except ConditionFailed as error:
        raise _refusal(context, change, error) from None


def _check(context: Context, change: UserChange, idempotency_key: str | None) -> None:
    mine = change.id == context.identity.subject
    if not mine and not context.has(Role.STAFF, Role.ADMIN):
        raise NotFound("there is no such user")
    problems = problems_of(idempotency_key)
    if change.display_name is not None:
        problems += name_problems(change.display_name)
    if change.email is not None and change.current_email is None:
        message = "A new address needs the present one, which it takes the place of."
        problems.append(Problem("INVALID", message, ("currentEmail",)))
    if problems:
        raise UserError(problems)


def _changes(context: Context, change: UserChange) -> tuple[Change, ...]:
    changes: list[Change] = [*context.touch()]
    if change.display_name is not None:
        changes.append(Set("display_name", change.display_name.strip()))
    if change.email is not None:
        changes.append(Set("email", change.email))
    if change.email is not None and change.moves:
        email_key = comparable(change.email)
        values = {"tenant": context.tenant, "email_key": email_key}
        changes += [Set("email_key", email_key), *index_change(User, "GSI1", values)]
    return tuple(changes)


def _condition(context: Context, change: UserChange) -> Condition:
    conditions = [equals("version", change.version)]
    if change.email is not None:
        conditions.append(equals("email_key", change.current_key))
    if change.id != context.identity.subject and not context.has(Role.ADMIN):
        # Who sets an address may be able to log in by it.
        conditions += [lacks("roles", role) for role in sorted(PRIVILEGED)]
    return all_of(*conditions)


def _claims(context: Context, change: UserChange, own: Key) -> tuple[Action, ...]:
    if change.email is None or not change.moves:
        return ()
    return unique.exchange(
        User,
        own,
        "email_key",
        change.current_key,
        comparable(change.email),
        tenant=context.tenant,
        at=context.timestamp,
        by=context.identity.subject,
    )


def _refusal(context: Context, change: UserChange, error: ConditionFailed) -> Exception:
    """What to tell of an update whose conditions did not hold."""
    if 0 not in error.failed:
        if not unique.taken(error):
            return Conflict("the user has changed meanwhile; look again")
        message = "This email is taken; choose another."
        return UserError([Problem("TAKEN", message, ("email",))])
    user: User | None = error.stored.get(0)
    if user is None:
        return NotFound("there is no such user")
    mine = user.id == context.identity.subject
    if not mine and not context.has(Role.ADMIN) and not PRIVILEGED.isdisjoint(user.roles):
        message = "Only an administrator changes staff and administrators."
        return UserError([Problem("NOT_ALLOWED", message, ("id",))])
    if user.version != change.version:
        return Conflict("the user has changed meanwhile; look again")
    message = "This is not the present address."
    return UserError([Problem("INVALID", message, ("currentEmail",))])


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """Who is removed."""

    id: str


async def remove(context: Context, id: str, idempotency_key: str | None) -> None:
    """Removes a user (U5): a read, then user, claims and tokens in one transaction.

    Address and user name are free again. Orders, invoices, account and points stay, since they
    are the organisation's books; they name the user by the id alone. The stream removes cart and
    favourites. Raises NotFound, Conflict, and UserError for oneself and for a seller, whose
    products would be nobody's.
    """
    if problems := problems_of(idempotency_key):
        raise UserError(problems)
    if id == context.identity.subject:
        message = "Nobody removes themselves; ask another administrator."
        raise UserError([Problem("NOT_ALLOWED", message, ("id",))])
    once = Once(context, "removeUser", idempotency_key, Removal(id=id))
    key = entity_of(User).key(tenant=context.tenant, id=id)
    user = await Get(User, key)
    if user is None:
        if await once.earlier() is None:
            raise NotFound("there is no such user")
        return
    if Role.SELLER in user.roles:
        message = "A seller has products and fulfilments, and stays."
        raise UserError([Problem("NOT_ALLOWED", message, ("id",))])
    await once.transact((*unique.deletion(user), tokens.revocation_of(context, id)), key)

"""Sellers: a user becomes one, and says what customers are to see."""

from typing import Final

import msgspec

from tenantql.accounts.model import User
from tenantql.commerce.model import SellerProfile
from tenantql.engine.context import Context
from tenantql.engine.errors import Forbidden, NotFound
from tenantql.engine.idempotency import Once, problems_of
from tenantql.engine.user_errors import Problem, UserError, fits
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.expressions import Change, Include, Set, equals
from tenantql.table.requests import Get
from tenantql.table.writes import Create, Update
from tenantql.tenancy.identity import Role

NAME_BYTES: Final = 80
DESCRIPTION_LENGTH: Final = 2_000
USER: Final = "user"
PROFILE: Final = "profile"


class NewSeller(msgspec.Struct, frozen=True, kw_only=True):
    """Which user becomes a seller, and what customers are to see of them."""

    user: str
    name: str
    description: str


class Presentation(msgspec.Struct, frozen=True, kw_only=True):
    """What customers are to see from now on; None leaves something as it is."""

    name: str | None
    description: str | None


def profile_of(tenant: str, seller: str) -> Get[SellerProfile]:
    """A seller as everybody sees them (U9): one GetItem. `seller` is the user's id."""
    return Get(SellerProfile, profile_key(tenant, seller))


def profile_key(tenant: str, seller: str) -> Key:
    """The table key of a seller's profile."""
    return entity_of(SellerProfile).key(tenant=tenant, seller=seller)


async def make(context: Context, new: NewSeller, idempotency_key: str | None) -> SellerProfile:
    """Makes a user a seller and returns the profile (U6): role and profile in one transaction.

    A token that was issued before does not say so: the user logs in again. Raises UserError for
    what the caller can put right, NotFound for a user who is not there.
    """
    if problems := [*_problems(new.name, new.description), *problems_of(idempotency_key)]:
        raise UserError(problems)
    profile = SellerProfile(
        **context.audit(),
        seller=new.user,
        name=new.name.strip(),
        description=new.description,
    )
    role = Include("roles", frozenset({str(Role.SELLER)}))
    user = entity_of(User).key(tenant=context.tenant, id=new.user)
    actions = (
        Update(User, user, (role, *context.touch()), label=USER),
        Create(profile, label=PROFILE),
    )
    own = profile_key(context.tenant, new.user)
    once = Once(context, "makeSeller", idempotency_key, new)
    try:
        await once.transact(actions, own)
    except ConditionFailed as error:
        if USER in error.labels:
            raise NotFound("there is no such user") from None
        message = "This user is a seller already."
        raise UserError([Problem("TAKEN", message, ("userId",))]) from None
    if not once.repeated:
        return profile
    found = await profile_of(context.tenant, new.user)
    if found is None:
        raise Conflict("the first result is gone; use a new idempotency key")
    return found


async def present(
    context: Context, seller: str, version: int, presentation: Presentation
) -> SellerProfile:
    """Changes what customers see of a seller and returns it (U9): one UpdateItem.

    `version` is that of the profile which the caller has seen. Sellers change their own, staff any.
    Raises UserError, Forbidden, NotFound, and Conflict if it has changed meanwhile.
    """
    if seller != context.identity.subject and not context.has(Role.STAFF, Role.ADMIN):
        raise Forbidden("this is another seller's profile")
    name, description = presentation.name, presentation.description
    if problems := _problems("-" if name is None else name, description or ""):
        raise UserError(problems)
    changes: list[Change] = []
    if name is not None:
        changes.append(Set("name", name.strip()))
    if description is not None:
        changes.append(Set("description", description))
    key = profile_key(context.tenant, seller)
    seen = equals("version", version)
    try:
        return await Update(SellerProfile, key, (*changes, *context.touch()), seen)
    except ConditionFailed as error:
        if not error.stored:
            raise NotFound("there is no such seller") from None
        raise Conflict("the profile has changed meanwhile; look at it again") from None


def _problems(name: str, description: str) -> list[Problem]:
    problems: list[Problem] = []
    if not (name.strip() and fits(name.strip(), NAME_BYTES)):
        message = f"A name has 1 to {NAME_BYTES} bytes in UTF-8."
        problems.append(Problem("INVALID", message, ("name",)))
    if len(description) > DESCRIPTION_LENGTH:
        message = f"A description has at most {DESCRIPTION_LENGTH} characters."
        problems.append(Problem("INVALID", message, ("description",)))
    return problems

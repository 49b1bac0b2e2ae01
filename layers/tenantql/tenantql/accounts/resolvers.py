"""Resolvers of the organisation and its users: arguments in, a domain call out."""

from typing import Any, Final

from tenantql.accounts import changes, tokens, users
from tenantql.accounts.changes import UserChange
from tenantql.accounts.model import Organisation, User
from tenantql.accounts.users import NewUser
from tenantql.engine.binding import EnumType, MutationType, ObjectType, QueryType
from tenantql.engine.connections import Connection, Window, connection
from tenantql.engine.context import Context, Info
from tenantql.engine.nodes import NodeType, by_id, key_in
from tenantql.engine.user_errors import payload
from tenantql.engine.visibility import everybody
from tenantql.table.entity import Key, entity_of
from tenantql.table.requests import Get
from tenantql.tenancy.identity import Role

TENANT_ROLES: Final = [role for role in Role if role is not Role.PLATFORM]


def _may_see_user(context: Context, user: User) -> bool:
    """Staff sees everybody, the others see themselves."""
    return context.has(Role.STAFF, Role.ADMIN) or user.id == context.identity.subject


ORGANISATION: Final = NodeType(Organisation, everybody)
USER: Final = NodeType(User, _may_see_user)
nodes: Final[list[NodeType[Any]]] = [ORGANISATION, USER]

_query = QueryType()
_mutation = MutationType()
_organisation = ObjectType("Organisation")
_user = ObjectType("User")
_updated = ObjectType("UpdateUserPayload")


@_query.field("organisation")
async def _resolve_organisation(_parent: None, info: Info) -> Organisation | None:
    context = info.context
    return await Get(Organisation, entity_of(Organisation).key(tenant=context.tenant))


@_organisation.field("slug")
def _resolve_slug(organisation: Organisation, _info: Info) -> str:
    return organisation.tenant


@_user.field("subject")
def _resolve_subject(user: User, _info: Info) -> str:
    return user.id


@_user.field("roles")
def _resolve_roles(user: User, _info: Info) -> list[str]:
    return sorted(user.roles)


@_query.field("user")
async def _resolve_user(_parent: None, info: Info, *, id: str) -> User | None:
    return await by_id(info.context, id, USER)


@_query.field("userByEmail")
async def _resolve_user_by_email(_parent: None, info: Info, *, email: str) -> User | None:
    context = info.context
    return users.only(await users.by_email(context.tenant, email))


@_query.field("userByUsername")
async def _resolve_user_by_username(_parent: None, info: Info, *, username: str) -> User | None:
    context = info.context
    return users.only(await users.by_username(context.tenant, username))


@_query.field("users")
async def _resolve_users(_parent: None, info: Info, **window: Any) -> Connection[Any]:
    context = info.context
    return await connection(context, "users", users.newest(context), Window(**window))


@_mutation.field("createUser")
@payload("user")
async def _resolve_create_user(_parent: None, info: Info, *, input: dict[str, Any]) -> User:
    new = NewUser(
        email=input["email"],
        username=input["username"],
        display_name=input["display_name"],
        roles=input["roles"],
    )
    return await users.create(info.context, new, input.get("idempotency_key"))


@_mutation.field("updateUser")
@payload("user")
async def _resolve_update_user(_parent: None, info: Info, *, input: dict[str, Any]) -> User | Key:
    change = UserChange(
        id=key_in(info.context, input["id"], USER)["id"],
        version=input["version"],
        display_name=input.get("display_name"),
        email=input.get("email"),
        current_email=input.get("current_email"),
    )
    return await changes.update(info.context, change, input.get("idempotency_key"))


@_updated.field("user")
async def _resolve_updated_user(updated: dict[str, Any], _info: Info) -> User | None:
    user: User | Key | None = updated["user"]
    # A transaction answers with nothing: who wants to see the user pays for the read.
    return await Get(User, user) if isinstance(user, Key) else user


@_mutation.field("removeUser")
@payload("deleted_id")
async def _resolve_remove_user(_parent: None, info: Info, *, input: dict[str, Any]) -> str:
    context, id = info.context, input["id"]
    await changes.remove(context, key_in(context, id, USER)["id"], input.get("idempotency_key"))
    return id


@_mutation.field("logOut")
@payload("everywhere")
async def _resolve_log_out(_parent: None, info: Info, *, input: dict[str, Any]) -> bool:
    return await tokens.log_out(info.context, everywhere=input["everywhere"])


bindables: Final = [
    _query,
    _mutation,
    _organisation,
    _user,
    _updated,
    EnumType("Role", {role.name: role for role in TENANT_ROLES}),
]

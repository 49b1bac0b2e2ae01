"""What people do with themselves: users, sellers, tokens, favourites."""

from collections.abc import Mapping
from typing import Final

from tenantql.accounts.model import User
from tenantql.commerce.model import Favourite, Product, SellerProfile
from tenantql.tenancy.identity import Role
from tests.crowd.actions import Action, Asked, Director, chosen, id_of


def create_user(director: Director) -> Asked | None:
    other = director.some(User) if director.often(0.2) else None
    director.number += 1
    name = f"user-{director.number}"
    return chosen(
        director.staff(),
        email=other.email.upper() if other else f"{name}@{director.tenant}.example",
        username=other.username if other and director.often(0.5) else name,
        displayName=director.words(),
        roles=["CUSTOMER", "SELLER"] if director.often(0.1) else ["CUSTOMER"],
    )


def update_user(director: Director) -> Asked | None:
    user = director.some(User)
    who = director.logged_in(user.id) if director.often(0.4) else director.staff()
    email = None
    if director.often(0.5):
        # Of a few addresses, so that several want the same.
        email = f"shared-{director.chance.randrange(12)}@{director.tenant}.example"
    return chosen(
        who,
        id=id_of(user),
        version=user.version,
        displayName=director.words() if director.often(0.6) else None,
        email=email,
        currentEmail=user.email if email else None,
    )


def remove_user(director: Director) -> Asked | None:
    user = director.some(User, lambda each: not {"seller", "staff", "admin"} & each.roles)
    return user and chosen(director.person(Role.ADMIN), id=id_of(user))


def make_seller(director: Director) -> Asked | None:
    user = director.some(User, lambda each: not {"staff", "admin"} & each.roles)
    if user is None or not ("seller" in user.roles or director.often(0.3)):
        return None
    return chosen(director.staff(), userId=id_of(user), name=director.words())


def update_seller_profile(director: Director) -> Asked | None:
    profile = director.some(SellerProfile)
    if profile is None:
        return None
    who = director.logged_in(profile.seller) if director.often(0.7) else director.staff()
    name = director.words() if director.often(0.8) else None
    return chosen(who, id=id_of(profile), version=profile.version, name=name, description="New.")


def add_favourite(director: Director) -> Asked | None:
    product = director.some(Product)
    return product and chosen(director.person(Role.CUSTOMER), productId=id_of(product))


def remove_favourite(director: Director) -> Asked | None:
    favourite = director.some(Favourite)
    if favourite is None:
        return None
    product = director.shelves.get(Product, tenant=director.tenant, id=favourite.product)
    return product and chosen(director.logged_in(favourite.customer), productId=id_of(product))


def log_out(director: Director) -> Asked | None:
    who = director.person(Role.CUSTOMER, Role.SELLER)
    return chosen(who, everywhere=director.often(0.3))


ACTIONS: Final[Mapping[str, tuple[int, Action]]] = {
    "createUser": (4, create_user),
    "updateUser": (5, update_user),
    "removeUser": (3, remove_user),
    "makeSeller": (3, make_seller),
    "updateSellerProfile": (3, update_seller_profile),
    "addFavourite": (3, add_favourite),
    "removeFavourite": (2, remove_favourite),
    "logOut": (2, log_out),
}
"""How often each is done, and how."""

from datetime import datetime
from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import Role
from .fragments import Problem


class CreateUser(BaseModel):
    create_user: "CreateUserCreateUser" = Field(alias="createUser")


class CreateUserCreateUser(BaseModel):
    user: Optional["CreateUserCreateUserUser"]
    user_errors: list["CreateUserCreateUserUserErrors"] = Field(alias="userErrors")


class CreateUserCreateUserUser(BaseModel):
    id: str
    subject: str
    display_name: str = Field(alias="displayName")
    roles: list[Role]
    created_at: datetime = Field(alias="createdAt")


CreateUserCreateUserUserErrors = Problem
CreateUser.model_rebuild()
CreateUserCreateUser.model_rebuild()

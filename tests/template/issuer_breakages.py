"""A user pool that lets clients choose a tenant, and parameters that nobody uses."""

from typing import Final

from tests.template import issuer_checks as checks
from tests.template.breakage import Breakage, add, drop, of, put

BREAKAGES: Final = (
    Breakage(
        checks.clients_cannot_choose_their_tenant,
        "the client may write it",
        add(of("UserPoolClient", "WriteAttributes"), "custom:tenant"),
    ),
    Breakage(
        checks.clients_cannot_choose_their_tenant,
        "the client may write everything",
        drop(of("UserPoolClient", "WriteAttributes")),
    ),
    Breakage(
        checks.clients_cannot_choose_their_tenant,
        "it can change",
        put(of("UserPool", "Schema>tenant>Mutable"), True),
    ),
    Breakage(
        checks.clients_cannot_choose_their_tenant,
        "anybody signs up",
        put(of("UserPool", "AdminCreateUserConfig>AllowAdminCreateUserOnly"), False),
    ),
    Breakage(
        checks.clients_cannot_choose_their_tenant,
        "it is not in the token",
        drop(of("UserPoolClient", "ReadAttributes>0")),
    ),
    Breakage(
        checks.clients_cannot_choose_their_tenant,
        "the client may write who the user is",
        add(of("UserPoolClient", "WriteAttributes"), "custom:user"),
    ),
    Breakage(
        checks.clients_cannot_choose_their_tenant,
        "who the user is can change",
        put(of("UserPool", "Schema>user>Mutable"), True),
    ),
    Breakage(
        checks.clients_cannot_choose_their_tenant,
        "an address counts before it is verified",
        drop(of("UserPool", "UserAttributeUpdateSettings")),
    ),
    Breakage(
        checks.logins_use_codes,
        "the implicit flow",
        add(of("UserPoolClient", "AllowedOAuthFlows"), "implicit"),
    ),
    Breakage(
        checks.logins_use_codes,
        "passwords in production",
        put(
            of("UserPoolClient", "ExplicitAuthFlows"),
            ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"],
        ),
    ),
    Breakage(
        checks.logins_use_codes,
        "a secret in a page",
        put(of("UserPoolClient", "GenerateSecret"), True),
    ),
    Breakage(checks.groups_are_the_roles, "a role less", drop("Resources>SellerGroup")),
    Breakage(
        checks.the_issuer_can_be_another,
        "a pool without need",
        drop("Resources>UserPool>Condition"),
    ),
    Breakage(
        checks.the_issuer_can_be_another,
        "the pool's audience in any case",
        put(
            of("AuthorizerFunction", "Environment>Variables>TENANTQL_AUDIENCE"),
            {"Ref": "UserPoolClient"},
        ),
    ),
    Breakage(
        checks.keys_come_over_tls,
        "keys in plain",
        put("Parameters>JwksUri>AllowedPattern", "^(https?://.+)?$"),
    ),
    Breakage(
        checks.another_issuer_is_given_whole, "no keys", drop("Rules>IssuerGiven>Assertions>2")
    ),
    Breakage(checks.another_issuer_is_given_whole, "no rule", drop("Rules")),
    Breakage(
        checks.parameters_are_used_and_explained,
        "one that nothing reads",
        put("Parameters>Extra", {"Type": "String", "Description": "Nothing"}),
    ),
    Breakage(
        checks.parameters_are_used_and_explained,
        "one without a description",
        drop("Parameters>KmsKeyArn>Description"),
    ),
    Breakage(
        checks.parameters_are_used_and_explained,
        "a group less",
        drop("Metadata>AWS::CloudFormation::Interface>ParameterGroups>1"),
    ),
    Breakage(checks.outputs_say_where_things_are, "no URL", drop("Outputs>GraphqlUrl")),
    Breakage(
        checks.outputs_say_where_things_are,
        "no description",
        drop("Outputs>TenantRoleArn>Description"),
    ),
)

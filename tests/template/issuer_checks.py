"""What must hold for the user pool, and for the parameters as a whole."""

import re
from typing import Any, Final

from tests.template.stack import Node, Stack
from tests.template.table_checks import references

_ISSUER: Final = {
    "CreateUserPool": "false",
    "TokenIssuer": "https://issuer.example",
    "TokenAudience": "shop-app",
    "JwksUri": "https://issuer.example/keys",
}
_ROLES: Final = {"customer", "seller", "staff", "admin", "platform"}


def clients_cannot_choose_their_tenant(template: Node) -> list[str]:
    """The tenant is set by an administrator, once; a client reads it and cannot write it."""
    stack = Stack.of(template)
    schema = stack.properties("UserPool").get("Schema", [])
    tenant = [part for part in schema if part["Name"] == "tenant"]
    client = stack.properties("UserPoolClient")
    writable = client.get("WriteAttributes")
    user = [part for part in schema if part["Name"] == "user"]
    admin = stack.properties("UserPool").get("AdminCreateUserConfig", {})
    updates = stack.properties("UserPool").get("UserAttributeUpdateSettings", {})
    holds = {
        "one attribute tenant": len(tenant) == 1,
        "fixed once set": all(part.get("Mutable") is False for part in tenant),
        # Without the list a client may write every attribute.
        "a list of what clients write": bool(writable),
        "tenant not in it": "custom:tenant" not in (writable or []),
        "user not in it": "custom:user" not in (writable or []),
        "one attribute user, fixed": [part.get("Mutable") for part in user] == [False],
        "tenant in the token": "custom:tenant" in client.get("ReadAttributes", []),
        "user in the token": "custom:user" in client.get("ReadAttributes", []),
        "addresses are verified": updates.get("AttributesRequireVerificationBeforeUpdate")
        == ["email"],
        "no self sign-up": admin.get("AllowAdminCreateUserOnly") is True,
    }
    return [f"not: {name}" for name, truth in holds.items() if not truth]


def logins_use_codes(template: Node) -> list[str]:
    """A public client with the authorization code flow; passwords by the AWS API only here."""
    found: list[str] = []
    for environment in ("development", "production"):
        client = Stack.of(template, Environment=environment).properties("UserPoolClient")
        flows = set(client.get("ExplicitAuthFlows", []))
        wanted = {"ALLOW_REFRESH_TOKEN_AUTH"}
        if environment == "development":
            wanted.add("ALLOW_ADMIN_USER_PASSWORD_AUTH")
        holds = {
            "authorization code alone": client.get("AllowedOAuthFlows") == ["code"],
            "no secret": client.get("GenerateSecret") is False,
            "does not tell who exists": client.get("PreventUserExistenceErrors") == "ENABLED",
            "flows": flows == wanted,
        }
        found += [f"{environment}: not {name}" for name, truth in holds.items() if not truth]
    return found


def groups_are_the_roles(template: Node) -> list[str]:
    """The pool's groups are the roles that the schema knows."""
    groups = Stack.of(template).of_type("AWS::Cognito::UserPoolGroup").values()
    return sorted({body["Properties"]["GroupName"] for body in groups} ^ _ROLES)


def the_issuer_can_be_another(template: Node) -> list[str]:
    """Without the pool nothing of Cognito is made, and the authorizer gets the given issuer."""
    found: list[str] = []
    pool = "https://cognito-idp.eu-west-1.amazonaws.com/UserPool"
    expected: tuple[tuple[dict[str, str], tuple[str, str, str]], ...] = (
        ({}, (pool, "UserPoolClient", f"{pool}/.well-known/jwks.json")),
        (_ISSUER, ("https://issuer.example", "shop-app", "https://issuer.example/keys")),
    )
    for parameters, wanted in expected:
        stack = Stack.of(template, **parameters)
        variables = stack.properties("AuthorizerFunction")["Environment"]["Variables"]
        names = ("TENANTQL_ISSUER", "TENANTQL_AUDIENCE", "TENANTQL_JWKS_URI")
        given = tuple(variables.get(name) for name in names)
        found += [] if given == wanted else [str(given)]
        cognito = [body for body in stack.resources.values() if "Cognito" in body["Type"]]
        found += ["a pool is made"] if parameters and cognito else []
    return found


def keys_come_over_tls(template: Node) -> list[str]:
    """Whoever could change the keys on their way could sign any token."""
    pattern: str = template["Parameters"]["JwksUri"]["AllowedPattern"]
    good = ("https://issuer.example/keys", "http://127.0.0.1:8000/keys", "http://localhost:1/keys")
    bad = ("http://issuer.example/keys", "http://127.0.0.1.example/keys", "file:///keys")
    found = [f"refuses {url}" for url in good if not re.fullmatch(pattern, url)]
    return found + [f"takes {url}" for url in bad if re.fullmatch(pattern, url)]


def another_issuer_is_given_whole(template: Node) -> list[str]:
    """CloudFormation refuses a stack without the pool that lacks one of the three values."""
    rule: Node = template.get("Rules", {}).get("IssuerGiven", {})
    if rule.get("RuleCondition") != {"Fn::Equals": [{"Ref": "CreateUserPool"}, "false"]}:
        return ["no rule for CreateUserPool=false"]
    given = [part["Assert"] for part in rule["Assertions"]]
    return [
        name
        for name in ("TokenIssuer", "TokenAudience", "JwksUri")
        if {"Fn::Not": [{"Fn::Equals": [{"Ref": name}, ""]}]} not in given
    ]


def parameters_are_used_and_explained(template: Node) -> list[str]:
    """Every parameter is referred to, described, and shown in one group of the console's form."""
    used: set[str] = set()
    for section in ("Conditions", "Globals", "Resources", "Outputs"):
        used |= references(template.get(section, {}))
    groups: list[Any] = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    shown = [name for group in groups for name in group["Parameters"]]
    found = [f"{name} is not used" for name in template["Parameters"] if name not in used]
    found += [
        f"{name} is not described"
        for name, body in template["Parameters"].items()
        if not body.get("Description")
    ]
    found += [f"{name} has no group" for name in template["Parameters"] if name not in shown]
    return found + [f"{name} is shown twice" for name in set(shown) if shown.count(name) > 1]


def outputs_say_where_things_are(template: Node) -> list[str]:
    """What a person or a script needs afterwards is an output with a description."""
    wanted = {"ApiUrl", "GraphqlUrl", "PlatformUrl", "DataTableName", "ControlTableName"}
    wanted |= {f"{name}RoleArn" for name in ("Graphql", "Platform", "Authorizer", "Stream")}
    wanted |= {"TenantRoleArn", "PlatformDataRoleArn", "UserPoolId", "UserPoolClientId"}
    given: Node = template["Outputs"]
    found = sorted(wanted - set(given))
    return found + [name for name, body in given.items() if not body.get("Description")]

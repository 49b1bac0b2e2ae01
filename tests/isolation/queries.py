"""The GraphQL operations of the attacks."""

INVOICE = "query ($id: ID!) { found: invoice(id: $id) { number total { amount } } }"
USER = "query ($id: ID!) { found: user(id: $id) { email displayName } }"
NODE = "query ($id: ID!) { found: node(id: $id) { id ... on Invoice { number } } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Invoice { number } } }"
BY_EMAIL = "query ($email: EmailAddress!) { found: userByEmail(email: $email) { displayName } }"
CREATE = """
mutation ($input: CreateUserInput!) {
  createUser(input: $input) { user { id } userErrors { code } }
}
"""
NEW_USER = {"email": "eve@example.org", "username": "eve", "displayName": "Eve"}

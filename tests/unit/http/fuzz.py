"""What fuzzers send: bodies, headers and whole events, from nearly right to noise.

The gateway guarantees of an event: `requestContext.http.method`, `routeKey` and the body are text,
headers and parameters of the query string are text by text, and the authorizer's context is what
our authorizer gave. What is in the text is the client's, and anything.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st

from tests.unit.http.events import GRAPHQL_JSON, posted
from tests.unit.http.site import MEMBER, QUERY

INTROSPECTION: Final = "{ __schema { types { name fields { name args { name } } } } }"
DOCUMENTS: Final = (
    QUERY,
    INTROSPECTION,
    """query A($id: ID!, $n: Int = 3) { node(id: $id) { ...F } users(first: $n) { nodes { id } } }
    fragment F on User { displayName roles ... @include(if: true) { email } }""",
    'mutation { updateUser(input: {id: "x", version: 1}) { user { id } userErrors { code } } }',
    "{ products(filter: {inStock: true}, first: 5) { nodes { title } pageInfo { endCursor } } }",
)
TOKENS: Final = (
    *("{", "}", "(", ")", "[", "]", "!", ":", "=", "|", "&", "$", "@", "...", ",", "#", "\n"),
    *("query", "mutation", "subscription", "fragment", "on", "type", "null", "true", "__typename"),
    *("organisation", "users", "first", "id", "name", "Organisation", "skip", "include", "if", "A"),
    *(
        '"',
        '"""',
        '"\\u0000"',
        '"\\uD800"',
        '"\\u{110000}"',
        "0",
        "-1",
        "1e400",
        "9" * 400,
        "\ufeff",
    ),
)

odd_numbers: Final = st.sampled_from(
    [
        "9" * 5000,
        "-0",
        "1e400",
        "-1e-400",
        "1E+2",
        "0.1e1",
        "01",
        "+1",
        ".5",
        "NaN",
        "Infinity",
        "0x1",
    ]
)
text: Final = st.text(max_size=30)
values: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)

documents: Final = (
    st.sampled_from(DOCUMENTS)
    | st.lists(st.sampled_from(TOKENS), max_size=40).map(" ".join)
    | st.text(max_size=200)
    | st.integers(1, 3000).map(lambda depth: "{a" * depth)
    | st.integers(1, 300).map(
        lambda count: "{" + " ".join(f"a{n}: __typename" for n in range(count)) + "}"
    )
)

requests: Final = st.fixed_dictionaries(
    {"query": documents},
    optional={
        "operationName": text | values,
        "variables": st.dictionaries(st.sampled_from(["id", "n", "é"]), values) | values,
        "extensions": st.fixed_dictionaries({"persistedQuery": values}) | values,
        "documentId": text | values,
    },
)


@st.composite
def damaged(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """Bytes of which some are cut off, left out, put in or changed."""
    found = draw(whole)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(found)))
        end = draw(st.integers(start, min(len(found), start + 8)))
        found = found[:start] + draw(st.binary(max_size=8)) + found[end:]
    return found[: draw(st.integers(0, len(found)))] if draw(st.booleans()) else found


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _encoded(found: object, coding: str) -> bytes:
    return _json(found).encode(coding, "replace")


encodings: Final = st.sampled_from(
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "latin-1"]
)
sound: Final = requests.map(lambda found: _json(found).encode(errors="surrogatepass"))
bodies: Final[st.SearchStrategy[bytes]] = st.one_of(
    sound,
    damaged(sound),
    st.builds(_encoded, requests, encodings),
    values.map(lambda found: _json(found).encode(errors="surrogatepass")),
    odd_numbers.map(
        lambda number: f'{{"query": "{{a}}", "variables": {{"n": {number}}}}}'.encode()
    ),
    st.integers(1, 5000).map(lambda depth: b"[" * depth),
    st.integers(1, 5000).map(lambda depth: b'{"query": ' + b"[" * depth + b"]" * depth + b"}"),
    st.lists(requests, max_size=3).map(lambda found: _json(found).encode(errors="replace")),
    st.integers(99_990, 200_000).map(lambda size: b" " * size),
    st.binary(max_size=300),
)

header_values: Final = st.one_of(
    st.sampled_from(["", "application/json", GRAPHQL_JSON, "*/*", "gzip", "identity", "text/html"]),
    st.lists(
        st.sampled_from([*"/*;,=. q", "application", "json", "charset", "utf-8", "q=0.5", "q=1e9"]),
        max_size=20,
    ).map("".join),
    st.characters(max_codepoint=255).map(lambda one: one * 3000),
    st.text(st.characters(max_codepoint=255), max_size=60),
)
header_names: Final = st.sampled_from(
    ["accept", "Accept", "content-type", "accept-encoding", "content-encoding", "x-amzn-trace-id"]
)
# Most say JSON at first: of others no more than their type is read.
json_headers: Final = st.fixed_dictionaries(
    {"content-type": st.just("application/json")},
    optional={"accept": header_values, "accept-encoding": header_values},
)
headers: Final[st.SearchStrategy[dict[str, str]]] = st.one_of(
    json_headers, json_headers, st.dictionaries(header_names, header_values, max_size=4)
)


def event_of(
    method: str,
    body: bytes | None,
    sent: Mapping[str, str],
    query: Mapping[str, str],
    *,
    encoded: bool,
) -> dict[str, Any]:
    """An event as the gateway makes one of such a request, of somebody who may ask."""
    found = posted(QUERY, identity=MEMBER)
    found["requestContext"]["http"]["method"] = method
    found["headers"] = dict(sent)
    found["queryStringParameters"] = dict(query)
    found["isBase64Encoded"] = encoded
    del found["body"]
    if body is not None:
        found["body"] = b64encode(body).decode() if encoded else body.decode(errors="replace")
    return found


parameters: Final = st.dictionaries(
    st.sampled_from(["query", "variables", "operationName", "extensions", "documentId", "other"]),
    documents | values.map(_json) | text,
    max_size=4,
)
methods: Final = st.sampled_from(["POST", "POST", "POST", "GET", "GET", "PUT", "HEAD", "", "post"])
events: Final[st.SearchStrategy[dict[str, Any]]] = st.builds(
    event_of, methods, st.none() | bodies, headers, parameters, encoded=st.booleans()
)


@st.composite
def broken_events(draw: st.DrawFn) -> object:
    """Events that no gateway sends: members are missing, or are of another type."""
    found = draw(events)
    for _ in range(draw(st.integers(1, 3))):
        at: Any = found
        while True:
            name = draw(st.sampled_from(sorted(at)))
            if not isinstance(at[name], dict) or not at[name] or draw(st.booleans()):
                break
            at = at[name]
        if draw(st.booleans()):
            del at[name]
        else:
            at[name] = draw(values)
        if not found:
            break
    return found if draw(st.integers(0, 9)) else draw(values)

"""Answers of DynamoDB: what it said, or that nobody knows what it said."""

import json
from typing import Any

import pytest
from botocore.parsers import create_parser
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from tenantql.table import errors
from tenantql.table.direct import http1
from tenantql.table.direct.answers import Refusal, read_answer
from tenantql.table.errors import OutcomeUnknown, TableError
from tests.unit.table.direct.server import answer, refusal, said
from tests.unit.table.direct.test_http1 import read_from


def read_answer_of(data: bytes) -> Any:
    return said(read_answer(read_from(data)))


def failure(data: bytes) -> TableError:
    with pytest.raises(TableError) as raised:
        read_answer_of(data)
    return raised.value


def of(kind: str, content: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Attribute values of one type, as the API's JSON has them."""
    return content.map(lambda found: {kind: found})


TEXTS = st.text(max_size=5)
NAMES = TEXTS | st.sampled_from(["B", "BS", "S", "L", "M"])
SCALARS = st.one_of(
    of("S", TEXTS | st.sampled_from(["B", "BS"])),
    of("N", st.integers().map(str)),
    of("BOOL", st.booleans()),
    of("NULL", st.just(True)),
    of("SS", st.lists(TEXTS, min_size=1, max_size=2)),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        of("L", st.lists(inner, max_size=3)) | of("M", st.dictionaries(NAMES, inner, max_size=3))
    ),
    max_leaves=6,
)
ITEMS = st.dictionaries(NAMES, VALUES, max_size=4)


SERVICE: Any = Session().get_service_model("dynamodb")


def parsed_by_botocore(operation: str, content: bytes) -> Any:
    model = SERVICE.operation_model(operation)
    parser = create_parser("json")
    response: Any = {"headers": {}, "status_code": 200, "body": content}
    found = parser.parse(response, model.output_shape)
    del found["ResponseMetadata"]
    return found


@given(item=ITEMS, others=st.lists(ITEMS, max_size=2))
def test_items_are_those_of_botocore(item: Any, others: list[Any]) -> None:
    answers: dict[str, Any] = {
        "GetItem": {"Item": item},
        "Query": {"Items": others, "LastEvaluatedKey": item},
        "UpdateItem": {"Attributes": item},
        "BatchGetItem": {
            "Responses": {"B": [item], "BS": others},
            "UnprocessedKeys": {
                "BS": {"Keys": [item], "ExpressionAttributeNames": {"#B": "B"}},
                "B": {"Keys": others, "ConsistentRead": True},
            },
        },
        "BatchWriteItem": {"UnprocessedItems": {"B": [{"PutRequest": {"Item": item}}]}},
    }
    for operation, body in answers.items():
        content = json.dumps(body).encode()
        assert read_answer_of(answer(content)) == parsed_by_botocore(operation, content)


def test_what_a_call_has_consumed_is_told() -> None:
    body = {
        "ConsumedCapacity": {"TableName": "B", "CapacityUnits": 0.5},
        "Item": {"PK": {"S": "é"}},
    }
    assert read_answer_of(answer(body)) == body
    assert read_answer_of(answer({})) == {}


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ThrottlingException", errors.Throttled),
        ("AccessDeniedException", errors.AccessDenied),
        ("ExpiredTokenException", errors.CredentialsMissing),
        ("TransactionConflictException", errors.Conflict),
        ("ValidationException", TableError),
    ],
)
def test_a_refusal_is_a_typed_error_whose_cause_tells_more(
    code: str, kind: type[TableError]
) -> None:
    error = failure(refusal(code))
    assert type(error) is kind
    assert "secret" not in str(error)
    assert isinstance(error.__cause__, Refusal)
    assert str(error.__cause__) == f"{code}: secret (REQUEST)"


@pytest.mark.parametrize(
    "kind",
    [
        "com.amazon.coral.service#ThrottlingException",
        "ThrottlingException",
        "com.amazonaws.dynamodb.v20120810#ThrottlingException:http://internal.amazon.com/",
    ],
)
def test_a_code_is_found_however_it_is_written(kind: str) -> None:
    assert type(failure(answer({"__type": kind}, 400))) is errors.Throttled


def test_a_failed_condition_has_the_item() -> None:
    error = failure(refusal("ConditionalCheckFailedException", Item={"data": {"S": "x"}}))
    assert isinstance(error, errors.ConditionFailed)
    assert error.stored == {0: {"data": {"S": "x"}}}


def test_a_cancelled_transaction_has_its_reasons() -> None:
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": {"PK": {"S": "A"}}}]
    error = failure(refusal("TransactionCanceledException", CancellationReasons=reasons))
    assert isinstance(error, errors.ConditionFailed)
    assert (error.failed, error.stored) == ((1,), {1: {"PK": {"S": "A"}}})


@pytest.mark.parametrize(
    "data",
    [
        refusal("InternalServerError", 500),
        refusal("ServiceUnavailable", 503),
        refusal("SomethingNew", 500),
        answer(b"<html>bad gateway</html>", 502, headers={"x-amz-crc32": ""}),
        answer({"Item": {}}, checksum=1),
        answer({"__type": "x#ValidationException"}, 400, checksum=1),
        answer({}, headers={"x-amz-crc32": "none"}),
        answer(b"<html>forbidden</html>", 403, headers={"x-amz-crc32": ""}),
        answer(b"", 400, headers={"x-amz-crc32": ""}),
        answer(b"not json"),
        answer(b'{"Item": '),
        answer(b"[]"),
        answer(b"null"),
        answer(b""),
        answer(b'{"Items": {}}'),
        answer({}, 204),
        answer({}, 301),
    ],
)
def test_after_anything_else_nobody_knows_what_happened(data: bytes) -> None:
    error = failure(data)
    assert type(error) is OutcomeUnknown
    assert error.code is errors.Unavailable.code


def test_an_answer_without_checksum_is_taken() -> None:
    assert read_answer_of(answer({"Items": []}, headers={"x-amz-crc32": ""})) == {"Items": []}


def test_a_refusal_without_a_code_is_a_defect() -> None:
    error = failure(answer({}, 403))
    assert type(error) is TableError
    assert str(error) == "the database answered 403"


@given(status=st.integers(200, 599), body=st.binary(max_size=100) | st.just(b'{"__type": 1}'))
def test_whatever_it_says_is_an_answer_or_an_error(status: int, body: bytes) -> None:
    try:
        found = read_answer(http1.Answer(status, {}, body, True))
    except TableError:
        return
    assert status == 200
    assert found is not None

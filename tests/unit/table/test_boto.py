"""The reference transport: who signs a call, and every failure as an error of our own."""

import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from botocore.stub import Stubber

from tenantql.errors import Code, TenantqlError
from tenantql.table import boto
from tenantql.table.access import Credentials
from tenantql.table.boto import BotoTransport, OwnCredentials
from tenantql.table.encoding import Call
from tenantql.table.errors import (
    AccessDenied,
    ConditionFailed,
    Conflict,
    CredentialsMissing,
    OutcomeUnknown,
    TableError,
    Throttled,
    Unavailable,
)
from tenantql.table.transport import send
from tests.unit.builders import CREDENTIALS, TABLE

KEY = {"PK": {"S": "TENANT#acme#A"}, "SK": {"S": "A"}}
GET = Call("GetItem", {"TableName": TABLE, "Key": KEY})
WRITE = Call("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": TABLE, "Item": KEY}}]})


@pytest.fixture(scope="module")
def shared() -> BotoTransport:
    """One transport, since a boto3 client takes a moment to make."""
    return BotoTransport("us-east-1")


@pytest.fixture
def refusing(shared: BotoTransport) -> Iterator[Stubber]:
    """The transport's client, answering with what a test adds."""
    with Stubber(shared._client) as stubber:
        yield stubber


def listen(transport: BotoTransport, event: str, handler: Any) -> None:
    """Let `handler` take an event of botocore; what it answers to before-send is the response."""
    transport._client.meta.events.register(event, handler)


def failure(transport: BotoTransport, call: Call = GET) -> TableError:
    with pytest.raises(TableError) as raised:
        send(transport, call, CREDENTIALS)
    return raised.value


@pytest.mark.parametrize(
    ("code", "kind", "shown"),
    [
        ("AccessDeniedException", AccessDenied, Code.FORBIDDEN),
        ("ExpiredTokenException", CredentialsMissing, Code.INTERNAL),
        ("UnrecognizedClientException", CredentialsMissing, Code.INTERNAL),
        ("ProvisionedThroughputExceededException", Throttled, Code.RATE_LIMITED),
        ("ThrottlingException", Throttled, Code.RATE_LIMITED),
        ("RequestLimitExceeded", Throttled, Code.RATE_LIMITED),
        ("TransactionConflictException", Conflict, Code.CONFLICT),
        ("TransactionInProgressException", Conflict, Code.CONFLICT),
        ("ConditionalCheckFailedException", ConditionFailed, Code.CONFLICT),
        ("ReplicatedWriteConflictException", Conflict, Code.CONFLICT),
        ("IdempotentParameterMismatchException", TableError, Code.INTERNAL),
        ("InvalidSignatureException", CredentialsMissing, Code.INTERNAL),
        ("MissingAuthenticationTokenException", CredentialsMissing, Code.INTERNAL),
        ("InternalServerError", OutcomeUnknown, Code.UNAVAILABLE),
        ("ServiceUnavailable", OutcomeUnknown, Code.UNAVAILABLE),
        ("ValidationException", TableError, Code.INTERNAL),
        ("ResourceNotFoundException", TableError, Code.INTERNAL),
        ("SomethingNew", TableError, Code.INTERNAL),
        ("", TableError, Code.INTERNAL),
    ],
)
def test_each_error_of_the_service_has_a_type(
    shared: BotoTransport, refusing: Stubber, code: str, kind: type[TableError], shown: Code
) -> None:
    refusing.add_client_error("get_item", code, "Item acme/secret is not yours")
    error = failure(shared)
    assert type(error) is kind
    assert error.code is shown
    assert "secret" not in str(error), "the service's message stays inside"
    assert isinstance(error.__cause__, ClientError), "the log can tell more"


@pytest.mark.parametrize("code", ["ServiceUnavailable", "502", ""])
def test_after_a_fault_of_the_service_nobody_knows(
    shared: BotoTransport, refusing: Stubber, code: str
) -> None:
    refusing.add_client_error("get_item", code, http_status_code=503)
    assert type(failure(shared)) is OutcomeUnknown


@pytest.mark.parametrize(
    ("reasons", "kind", "shown"),
    [
        (["None", "ConditionalCheckFailed"], ConditionFailed, Code.CONFLICT),
        (["TransactionConflict", "ConditionalCheckFailed"], ConditionFailed, Code.CONFLICT),
        (["TransactionConflict", "None"], Conflict, Code.CONFLICT),
        (["ThrottlingError", "None"], Throttled, Code.RATE_LIMITED),
        (["ProvisionedThroughputExceeded"], Throttled, Code.RATE_LIMITED),
        (["ValidationError", "None"], TableError, Code.INTERNAL),
    ],
)
def test_a_cancelled_transaction_tells_its_reason(
    shared: BotoTransport,
    refusing: Stubber,
    reasons: list[str],
    kind: type[TableError],
    shown: Code,
) -> None:
    told = {"CancellationReasons": [{"Code": code, "Message": "secret"} for code in reasons]}
    refusing.add_client_error(
        "transact_write_items", "TransactionCanceledException", modeled_fields=told
    )
    error = failure(shared, WRITE)
    assert type(error) is kind
    assert error.code is shown
    assert "secret" not in str(error)


def test_a_cancellation_without_reasons_is_a_defect(
    shared: BotoTransport, refusing: Stubber
) -> None:
    refusing.add_client_error("transact_write_items", "TransactionCanceledException")
    assert type(failure(shared, WRITE)) is TableError


def test_each_failed_condition_is_counted(shared: BotoTransport, refusing: Stubber) -> None:
    codes = ["ConditionalCheckFailed", "None", "ConditionalCheckFailed", "TransactionConflict"]
    refusing.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        modeled_fields={"CancellationReasons": [{"Code": code} for code in codes]},
    )
    error = failure(shared, WRITE)
    assert isinstance(error, ConditionFailed)
    assert error.failed == (0, 2)


def test_a_single_writes_condition_is_the_first(shared: BotoTransport, refusing: Stubber) -> None:
    refusing.add_client_error("put_item", "ConditionalCheckFailedException")
    error = failure(shared, Call("PutItem", {"TableName": TABLE, "Item": KEY}))
    assert isinstance(error, ConditionFailed)
    assert error.failed == (0,)


def test_no_connection_is_unavailable() -> None:
    transport = BotoTransport("us-east-1")

    def unreachable(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="http://somewhere.internal")

    listen(transport, "before-call.dynamodb.GetItem", unreachable)
    error = failure(transport)
    assert type(error) is Unavailable
    assert isinstance(error.__cause__, BotoCoreError)
    assert "somewhere" not in str(error)


def test_parameters_that_no_call_has_are_a_defect_and_not_an_outage(shared: BotoTransport) -> None:
    error = failure(shared, Call("GetItem", {"TableName": TABLE, "Kay": KEY}))
    assert type(error) is TableError
    assert error.code is Code.INTERNAL


class Wire:
    """Answers requests instead of the network, and keeps who signed them."""

    def __init__(self, transport: BotoTransport) -> None:
        self.signers: list[str] = []
        self.tokens: list[str | None] = []
        listen(transport, "before-send.dynamodb", self)

    def __call__(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        authorization = _text(request.headers["Authorization"])
        self.signers.append(authorization.partition("Credential=")[2].partition("/")[0])
        token = request.headers.get("X-Amz-Security-Token")
        self.tokens.append(None if token is None else _text(token))
        return _Empty(request.url or "", 200, HTTPHeaders(), None)


class _Empty(AWSResponse):
    @property
    def content(self) -> bytes:
        return b"{}"


def _text(header: object) -> str:
    return header.decode() if isinstance(header, bytes) else str(header)


def test_each_call_is_signed_with_its_own_credentials() -> None:
    transport = BotoTransport("us-east-1")
    wire = Wire(transport)
    for name in ("AKIDONE", "AKIDTWO", "AKIDONE"):
        send(transport, GET, Credentials(name, "secret", f"token-{name}"))
    assert wire.signers == ["AKIDONE", "AKIDTWO", "AKIDONE"]
    assert wire.tokens == ["token-AKIDONE", "token-AKIDTWO", "token-AKIDONE"]


def test_threads_do_not_sign_for_each_other() -> None:
    transport = BotoTransport("us-east-1")
    seen: dict[str, str] = {}
    together = threading.Barrier(2, timeout=10)

    def keep(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        # Both calls are signed before either is answered.
        together.wait()
        authorization = _text(request.headers["Authorization"])
        seen[threading.current_thread().name] = authorization.partition("Credential=")[2][:7]
        return _Empty(request.url or "", 200, HTTPHeaders(), None)

    listen(transport, "before-send.dynamodb", keep)
    threads = [
        threading.Thread(
            target=send, args=(transport, GET, Credentials(name, "s", None)), name=name
        )
        for name in ("AKIDONE", "AKIDTWO")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {"AKIDONE": "AKIDONE", "AKIDTWO": "AKIDTWO"}


def test_nothing_is_signed_outside_of_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDFUNCTION")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    transport = BotoTransport("us-east-1")
    wire = Wire(transport)
    send(transport, GET, CREDENTIALS)
    client: Any = transport._client
    with pytest.raises(CredentialsMissing, match="without credentials"):
        client.get_item(**GET.parameters)
    assert wire.signers == [CREDENTIALS.access_key], "the function's own key signs nothing"


def test_a_failed_call_leaves_no_credentials_behind(
    shared: BotoTransport, refusing: Stubber
) -> None:
    refusing.add_client_error("get_item", "AccessDeniedException")
    failure(shared)
    with pytest.raises(CredentialsMissing):
        shared._credentials.get_frozen_credentials()


@pytest.fixture
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """A machine on which botocore finds nothing."""
    nowhere = {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in nowhere.items():
        monkeypatch.setenv(name, value)
    return nowhere


def test_own_credentials_are_the_functions(
    no_credentials: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, name.lower())
    found = OwnCredentials()()
    assert (found.access_key, found.token) == ("aws_access_key_id", "aws_session_token")


def test_without_own_credentials_there_are_none(no_credentials: Mapping[str, str]) -> None:
    with pytest.raises(CredentialsMissing, match="no credentials"):
        OwnCredentials()()


def test_a_repr_of_credentials_shows_no_secret() -> None:
    shown = f"{CREDENTIALS!r} {CREDENTIALS}"
    assert CREDENTIALS.secret_key not in shown
    assert str(CREDENTIALS.token) not in shown


def test_every_error_of_a_table_is_one_of_tenantqls() -> None:
    assert issubclass(TableError, TenantqlError)


OPERATIONS: dict[str, Call] = {
    "GetItem": GET,
    "BatchGetItem": Call("BatchGetItem", {"RequestItems": {TABLE: {"Keys": [KEY]}}}),
    "Query": Call("Query", {"TableName": TABLE, "KeyConditionExpression": "PK = :0"}),
    "PutItem": Call("PutItem", {"TableName": TABLE, "Item": KEY}),
    "UpdateItem": Call("UpdateItem", {"TableName": TABLE, "Key": KEY}),
    "DeleteItem": Call("DeleteItem", {"TableName": TABLE, "Key": KEY}),
    "BatchWriteItem": Call(
        "BatchWriteItem", {"RequestItems": {TABLE: [{"DeleteRequest": {"Key": KEY}}]}}
    ),
    "TransactWriteItems": WRITE,
}


def errors_of(model: Any) -> set[str]:
    """Every error that the service's model, as botocore ships it, lists for any operation."""
    names: list[str] = list(model.operation_names)
    return {
        shape.metadata.get("error", {}).get("code", shape.name)
        for name in names
        for shape in model.operation_model(name).error_shapes
    }


def test_every_error_of_the_services_model_is_one_of_ours(
    shared: BotoTransport, refusing: Stubber
) -> None:
    model = shared._client.meta.service_model
    codes = errors_of(model)
    assert {"ConditionalCheckFailedException", "TransactionCanceledException"} <= codes
    assert len(codes) > 25
    for code in sorted(codes):
        for operation, call in OPERATIONS.items():
            refusing.add_client_error(xform_name(operation), code, "secret")
            error = failure(shared, call)
            assert error.code in Code
            assert "secret" not in str(error)


def test_what_an_operation_can_meet_at_run_time_is_known_by_name(shared: BotoTransport) -> None:
    """A code that falls through to INTERNAL is a defect of ours, not of the moment."""
    defects = {
        "IdempotentParameterMismatchException",
        # Local secondary indexes alone have it; there are none.
        "ItemCollectionSizeLimitExceededException",
        "ResourceNotFoundException",
        "InvalidEndpointException",
    }
    model = shared._client.meta.service_model
    for operation in OPERATIONS:
        for shape in model.operation_model(operation).error_shapes:
            kind = type(boto._typed(ClientError({"Error": {"Code": shape.name}}, operation)))
            # A cancellation tells more by its reasons; without any it is a defect.
            if shape.name not in defects | {"TransactionCanceledException"}:
                assert kind is not TableError, shape.name


def test_a_failed_condition_tells_what_is_stored(shared: BotoTransport, refusing: Stubber) -> None:
    refusing.add_client_error(
        "put_item", "ConditionalCheckFailedException", modeled_fields={"Item": KEY}
    )
    error = failure(shared, OPERATIONS["PutItem"])
    assert isinstance(error, ConditionFailed)
    assert error.stored == {0: KEY}


def test_a_cancelled_transaction_tells_what_is_stored(
    shared: BotoTransport, refusing: Stubber
) -> None:
    reasons = [
        {"Code": "ConditionalCheckFailed", "Item": KEY},
        {"Code": "None"},
        {"Code": "ConditionalCheckFailed"},
    ]
    refusing.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        modeled_fields={"CancellationReasons": reasons},
    )
    error = failure(shared, WRITE)
    assert isinstance(error, ConditionFailed)
    assert (error.failed, error.stored) == ((0, 2), {0: KEY})


def test_each_attempt_of_a_transaction_has_a_token_of_its_own() -> None:
    transport = BotoTransport("us-east-1")
    tokens: list[str] = []

    def keep(params: dict[str, Any], **_: Any) -> None:
        tokens.append(json.loads(params["body"])["ClientRequestToken"])

    listen(transport, "before-call.dynamodb.TransactWriteItems", keep)
    Wire(transport)
    for _ in range(3):
        send(transport, WRITE, CREDENTIALS)
    own = Call(WRITE.operation, {**WRITE.parameters, "ClientRequestToken": "mine"})
    send(transport, own, CREDENTIALS)
    assert len(set(tokens[:3])) == 3
    assert tokens[3] == "mine"

"""The stores that a run can be done over: the table in memory, and a local cloud with IAM on."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from load.functions import environment
from load.scene import Scene
from load.store.process import StoreProcess, ask
from load.store.store import CONTROL, DATA, FUNCTION
from load.tenants import routes
from local.cloud import LocalCloud
from local.provision import provision, token_parameters
from tenantql.table.entity import entity_of

ACCOUNT: Final = "arn:aws:iam::123456789012:role/load"


class Kind(StrEnum):
    """The stores there are."""

    MEMORY = "memory"
    CLOUD = "cloud"


TITLES: Final[Mapping[Kind, str]] = {
    Kind.MEMORY: "the table in memory over HTTP (load/store): real answers, no IAM but the keys "
    "of each call held against the tenant of its credentials, no network, no throttling",
    Kind.CLOUD: "the local cloud (ministack) with IAM enforced",
}


class Backend(Protocol):
    """Where the tables are, and what is known of them. `left_out` cannot be asked there."""

    environment: Mapping[str, str]
    table: str
    left_out: frozenset[str]
    followed: bool
    """Whether the stream is followed."""

    def register(self, scenes: Sequence[Scene]) -> None:
        """Writes where the tenants' data is."""
        ...

    def state(self) -> Mapping[str, Any]:
        """The store's calls, items, memory and processor time, as far as it tells."""
        ...

    def forget(self) -> None:
        """Counts anew."""
        ...

    def heat(self) -> Any:
        """Units by partition key since then, if it tells."""
        ...


@dataclass
class _Memory:
    store: StoreProcess
    table: str = DATA
    left_out: frozenset[str] = frozenset()
    followed: bool = True

    def __post_init__(self) -> None:
        found = environment(self.store.url, CONTROL, f"{ACCOUNT}-tenant", f"{ACCOUNT}-platform")
        self.environment: Mapping[str, str] = found | {
            "AWS_ACCESS_KEY_ID": FUNCTION,
            "AWS_SECRET_ACCESS_KEY": "s" * 40,
            "AWS_SESSION_TOKEN": "t" * 1_000,
        }

    def register(self, scenes: Sequence[Scene]) -> None:
        self.store.put(routes(scenes, self.table))

    def state(self) -> Mapping[str, Any]:
        return ask(self.store.url, "Status")

    def forget(self) -> None:
        ask(self.store.url, "Forget")

    def heat(self) -> Any:
        return ask(self.store.url, "Heat")


class _Cloud:
    followed = False
    # The platform has a role of its own, and the functions of a process share their credentials.
    left_out: frozenset[str] = frozenset({"O9"})

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        known = token_parameters("https://issuer.example", "tests", "https://issuer.example/k")
        self._stack = provision(cloud.client("cloudformation"), known)
        stack, function = self._stack, self._stack.functions["graphql"]
        sts = cloud.client("sts")
        own = sts.assume_role(RoleArn=function.role_arn, RoleSessionName="load")["Credentials"]
        self.table = stack.data_table
        found = environment(
            cloud.endpoint, stack.control_table, stack.tenant_role_arn, stack.platform_data_role_arn
        )
        self.environment: Mapping[str, str] = found | {
            **{name: value for name, value in function.environment.items() if value},
            "AWS_ACCESS_KEY_ID": own["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": own["SecretAccessKey"],
            "AWS_SESSION_TOKEN": own["SessionToken"],
        }

    def register(self, scenes: Sequence[Scene]) -> None:
        root: Any = self._cloud.client("dynamodb")
        for record in routes(scenes, self.table):
            item = entity_of(type(record)).encode(record)
            root.put_item(TableName=self._stack.control_table, Item=item)

    def state(self) -> Mapping[str, Any]:
        return {}

    def forget(self) -> None:
        """It does not count."""

    def heat(self) -> Any:
        return None


@contextmanager
def backend(kind: Kind) -> Generator[Backend]:
    """A store of a kind, which ends with the block."""
    if kind is Kind.MEMORY:
        with StoreProcess() as store:
            yield _Memory(store)
    else:
        with LocalCloud() as cloud:
            yield _Cloud(cloud)

"""The crowd: actors of two tenants who ask for everything at once, on a table that fails.

Everything is drawn from one seed: who asks for what, whose turn it is at each call, what fails,
and what the stream delivers when.
"""

import io
import json
from collections import Counter, deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import count
from random import Random
from typing import Final

from aws_lambda_powertools import Logger
from graphql import GraphQLSchema

from tenantql.engine.operations import Engine
from tenantql.engine.schema import TENANT_SCHEMA, bind_schema, read_schema
from tenantql.engine.service import Service
from tenantql.engine.ulids import ulid
from tenantql.http.endpoint import Endpoint
from tenantql.table import calls, global_ids, unique
from tenantql.table.attributes import RawItem
from tenantql.table.entity import entity_of
from tenantql.table.writes import Transact
from tenantql.tenancy.identity import Identity, Role
from tenantql.tenancy.policy import Level
from tenantql.tenancy.routing import RoutingRecord
from tests.crowd import goods, people, selling
from tests.crowd.actions import Asked, Director
from tests.crowd.always import Moments, wrong_with
from tests.crowd.cloud import Cloud
from tests.crowd.faults import Faults
from tests.crowd.repeatable import repeatable
from tests.crowd.rest import Rest
from tests.crowd.shelves import Shelves
from tests.crowd.stage import Stage, Worker
from tests.crowd.stream import Shard, Stream
from tests.crowd.wishes import IN_DOUBT, Answer, Wish, mutations
from tests.unit.builders import TABLE, route, user
from tests.unit.http.events import posted
from tests.unit.http.site import Runtime
from tests.unit.schemas import SHIPPED

ACTIONS: Final = {**people.ACTIONS, **goods.ACTIONS, **selling.ACTIONS}
TENANTS: Final = {"acme": ("Europe/Berlin", 2), "globex": ("Pacific/Auckland", 1)}
START: Final = datetime(2100, 3, 31, 6, tzinfo=UTC)
"""Hours before a midnight of both tenants, in a month that ends; far from any TTL of today."""

OPENING: Final = ("createUser", "makeSeller", "createCategory", "createProduct", "adjustStock")
"""What there has to be some of before anything can be bought."""

INSTANCES: Final = 8
FAILING: Final = 0.05
MOMENT: Final = 250
"""Mutations after which everything that always holds is tested."""

NAMES: Final = count()


@cache
def schema() -> GraphQLSchema:
    """The tenants' schema with its resolvers."""
    return bind_schema(read_schema(TENANT_SCHEMA), SHIPPED[TENANT_SCHEMA])


class Crowd:
    """Two tenants in memory, and what their people do."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.chance = Random(seed)
        self.stage = Stage(self.chance)
        self.faults = Faults(self.chance)
        self.shelves = Shelves()
        self.cloud = Cloud(self.stage, self.faults, self._changed)
        self.stream = Stream(self.stage, self.cloud, self.faults, self.chance)
        self.moments, self.rest = Moments(self.shelves), Rest(self.cloud, self.shelves)
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.attempts = self.asked = self.left = 0
        self.trace: deque[str] = deque(maxlen=40)
        self._log = io.StringIO()
        self._logger = Logger(service=f"crowd-{next(NAMES)}", stream=self._log, level="ERROR")
        self._mutations = mutations(schema())
        self._wrong: list[str] = []
        self._leaving: set[tuple[str, str]] = set()
        self._busy: Counter[tuple[str | None, str]] = Counter()
        self._echoes: list[Wish] = []
        self._acting = 0
        self._numbers = count()
        self.routes = {
            tenant: route(tenant, shards=shards, time_zone=zone)
            for tenant, (zone, shards) in TENANTS.items()
        }
        self._directors = {
            tenant: Director(tenant, self.shelves, self.chance, self._leaving) for tenant in TENANTS
        }
        for tenant, record in self.routes.items():
            self.cloud.control.put(entity_of(RoutingRecord).encode(record))
            for number, roles in enumerate(({"admin"}, {"staff"}, {"staff"})):
                self._seed_user(tenant, number, frozenset(roles))

    def _seed_user(self, tenant: str, number: int, roles: frozenset[str]) -> None:
        id = ulid(START - timedelta(days=1), self.chance.getrandbits(80))
        made = user(
            tenant,
            id=id,
            roles=roles,
            email=f"first-{number}@{tenant}.example",
            username=f"first-{number}",
        )
        access = self.cloud.vendor.access(tenant, TABLE, Level.WRITE)
        calls.run(self.cloud, Transact(unique.creation(made)), access)

    def _changed(self, worker: str, old: RawItem | None, new: RawItem | None) -> None:
        self.shelves.take(old, new)
        self.stream.take(old, new)
        for wrong in wrong_with(old, new):
            self._wrong.append(f"{worker}: {wrong}: {new}")

    # Phases.

    def play(self, mutations: int, of: Sequence[str] = (*ACTIONS,)) -> None:
        """Lets everybody ask for so many mutations in all, and then all become quiet."""
        self.left, self.faults.share = mutations, FAILING
        self._names = of
        self._acting = INSTANCES
        engines = [Engine(schema()) for _ in range(INSTANCES)]
        workers = [
            Worker(f"instance {number}", partial(self._act, engine))
            for number, engine in enumerate(engines)
        ]
        workers += [
            Worker(shard.name, partial(self._follow, shard), partial(self._ready, shard))
            for shard in self.stream.shards
        ]
        with repeatable(self.chance, lambda: START + timedelta(seconds=1.5 * self.stage.turns)):
            self.stage.run(workers)
            self.faults.share = 0
            self.look()
            for record in self.routes.values():
                self.rest.check(record)
        assert self.shelves.tenants() == {*TENANTS}

    def look(self) -> None:
        """Tests what always holds."""
        assert not self._wrong, self._wrong
        for tenant, (zone, _) in TENANTS.items():
            self.moments.check(tenant, zone)

    def _ready(self, shard: Shard) -> bool:
        """Records come late, now and then."""
        return bool(shard.records) or not self._acting

    def _follow(self, shard: Shard) -> None:
        while self._acting or not self.stream.quiet:
            if shard.records and self.chance.random() < 0.3:
                self.stream.deliver(shard)
            else:
                self.stage.turn()

    def _endpoint(self, engine: Engine) -> Endpoint:
        service = Service(engine, self.cloud.admit, self.cloud, self._logger)
        return Endpoint(service, lambda _observed: None)

    def _act(self, engine: Engine) -> None:
        endpoint = self._endpoint(engine)
        try:
            while self.left > 0:
                if self._echoes and self.chance.random() < 0.5:
                    self._want(endpoint, self._echoes.pop())
                    continue
                wish = self._wish()
                if wish is None:
                    continue
                self.left -= 1
                self.asked += 1
                if self.asked % MOMENT == 0:
                    self.look()
                self._want(endpoint, wish)
        finally:
            self._acting -= 1

    # What is wanted.

    def _wish(self) -> Wish | None:
        tenant = self.chance.choice([*TENANTS])
        weights = [ACTIONS[name][0] for name in self._names]
        name = self.chance.choices(self._names, weights)[0]
        asked = ACTIONS[name][1](self._directors[tenant])
        if asked is None:
            return None
        mutation = self._mutations[name]
        if self.chance.random() < 0.03:
            asked = self._misplaced(asked)
        if name == "removeUser" and not self._may_leave(asked):
            return None
        keyed = mutation.needs_key or (mutation.keyed and self.chance.random() < 0.6)
        wish = Wish(mutation, asked, f"key-{next(self._numbers)}" if keyed else None)
        if keyed and self.chance.random() < 0.08:
            self._begin(wish)
            self._echoes.append(wish)
        self._begin(wish)
        return wish

    def _misplaced(self, asked: Asked) -> Asked:
        """The same, by somebody of any tenant and role."""
        director = self._directors[self.chance.choice([*TENANTS])]
        other = director.person(*Role)
        if other is None:
            return asked
        # What they make has their tenant's name in it; ids have it in another form.
        text = json.dumps(asked.input).replace(str(asked.who.tenant), str(other.tenant))
        return Asked(other, json.loads(text))

    def _may_leave(self, asked: Asked) -> bool:
        """Whether a user can be removed: they ask for nothing now, and will not any more."""
        subject = _named(asked)
        if subject in self._leaving or self._busy[subject]:
            return False
        self._leaving.add(subject)
        return True

    def _begin(self, wish: Wish) -> None:
        wish.under_way += 1
        self._busy[wish.asked.who.tenant, wish.asked.who.subject] += 1

    def _end(self, wish: Wish) -> None:
        wish.under_way -= 1
        self._busy[wish.asked.who.tenant, wish.asked.who.subject] -= 1
        if wish.mutation.name == "removeUser" and not wish.under_way:
            self._leaving.discard(_named(wish.asked))

    def _want(self, endpoint: Endpoint, wish: Wish) -> None:
        """Asks for a wish; with a key, again while it is in doubt, and now and then once more."""
        insistent = wish.key is not None and self.chance.random() < 0.9
        for _ in range(6 if insistent else 1):
            outcome = self._ask(endpoint, wish).outcome
            if outcome not in IN_DOUBT | {"lost", "CONFLICT"} and self.chance.random() < 0.85:
                break
        self._end(wish)

    def _ask(self, endpoint: Endpoint, wish: Wish) -> Answer:
        who, name, worker = wish.asked.who, wish.mutation.name, self.stage.current
        variables = {"input": wish.input} if "$input" in wish.mutation.text else None
        event = posted(wish.mutation.text, variables=variables, identity=who)
        before, alone = self.cloud.commits[worker], wish.under_way == 1
        self.faults.begin(worker)
        self.attempts += 1
        response = endpoint(event, Runtime(left=10**9))
        heard = not self.faults.died(worker)
        answer = Answer.of(response["body"], name) if heard else Answer(heard=False)
        commits = self.cloud.commits[worker] - before
        wish.commits += commits
        self.outcomes[name, answer.outcome] += 1
        told = f"{worker}, {who.tenant}/{who.subject}: {name} {json.dumps(wish.input)}"
        self.trace.append(f"{told}: {answer.outcome} {answer.refusals}, {commits} written")
        wrong = wish.judge(answer, commits, alone=alone and wish.under_way == 1)
        if _tells(response["body"], who):
            wrong = "it tells of another tenant"
        assert wrong is None, (wrong, told, response["body"], self._log.getvalue()[-3000:])
        assert not self._wrong, self._wrong
        return answer


def _named(asked: Asked) -> tuple[str, str]:
    """The user that an input names by its id."""
    _, key, tenant = global_ids.decode(asked.input["id"])
    return tenant, key.pk.rsplit("#", 1)[1]


def _tells(body: str, who: Identity) -> bool:
    """Whether an answer has the name of another tenant in it; what is made there has it."""
    return any(tenant != who.tenant and tenant in body for tenant in TENANTS)

"""The catalogue's mix for Locust: any URL, real tokens, every answer looked at.

    locust -f load/locustfile.py --headless --host URL --users 2 --run-time 60s --requests 1000

`python -m load url --help` has the same with bounds and a word on what it costs. Each of Locust's
users is one customer, and asks for what that one, the sellers and the staff of the tenant ask.
"""

import itertools
import sys
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from copy import replace
from pathlib import Path
from typing import Any, ClassVar, Final, cast

import gevent
import httpx
from locust import HttpUser, constant, events, task
from locust.env import Environment
from locust.exception import StopUser
from locust.runners import LocalRunner

from load import people
from load.people import Staffed, TokensError
from load.scene import Customer, Scene
from load.script import Script, judged
from load.setting import Size, set_scene
from tenantql.tenancy.identity import Role

PATH: Final = "/graphql"
OK: Final = 200
SIZE: Final = Size(customers=6, sellers=0, products=8, categories=4)
"""What is made for the run, in each tenant."""

LEFT_OUT: Final = frozenset({"O9", "U8 log out"})
"""The platform's endpoint has other tokens; and who logs out has none any more."""


class Stage:
    """The tenants of a run, and how many requests are left."""

    players: ClassVar[list[tuple[Staffed, Scene]]] = []
    left: ClassVar[int] = 0
    numbers: ClassVar[Any] = itertools.count()


@events.init_command_line_parser.add_listener
def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--tokens", default="", help="A file of JWTs, one a line.")
    parser.add_argument("--requests", type=int, default=1_000, help="How many are asked at most.")


@events.test_start.add_listener
def _set_scenes(environment: Environment, **_: Any) -> None:
    options: Any = environment.parsed_options
    host = str(environment.host).rstrip("/")
    Stage.left, Stage.players = options.requests, []
    try:
        found = people.read(Path(options.tokens)) if options.tokens else people.of_development(host)
        tenants = people.staffed(found, options.num_users)
        with httpx.Client(base_url=host, timeout=30, trust_env=False) as client:
            for each in tenants:
                Stage.players += _played(client, each)
    except (TokensError, RuntimeError, httpx.HTTPError) as error:
        sys.stderr.write(f"{error}\n")
        environment.process_exit_code = 2
        assert environment.runner is not None
        environment.runner.quit()


def _played(client: httpx.Client, tenant: Staffed) -> list[tuple[Staffed, Scene]]:
    """A scene for each customer of a tenant, whose cart is empty."""

    def ask(
        _tenant: str | None, subject: str, role: Role, text: str, variables: Mapping[str, Any]
    ) -> Any:
        body = {"query": text, "variables": variables}
        answer = client.post(PATH, json=body, headers=_headers(tenant, subject, role))
        found: dict[str, Any] = answer.json() if answer.status_code == OK else {}
        root: Any = next(iter((found.get("data") or {"": None}).values()))
        if "errors" in found or not root or root.get("userErrors"):
            raise RuntimeError(f"the scene cannot be set: {answer.status_code} {answer.text[:300]}")
        return root

    scene = Scene(tenant.tenant, 1.0, sellers=[one.subject for one in tenant.sellers], fresh=False)
    set_scene(scene, SIZE, ask, time.time_ns())
    made, scene.customers = scene.customers, []
    scene.people = made
    players: list[tuple[Staffed, Scene]] = []
    for one in tenant.customers:
        ask(None, one.subject, one.role, "mutation { clearCart { userErrors { code } } }", {})
        players.append((tenant, replace(scene, customers=[Customer(one.subject, "")])))
    return players


def _headers(tenant: Staffed, subject: str, role: Role) -> dict[str, str]:
    return {"authorization": f"Bearer {tenant.of(subject, role).token}"}


class Shopper(HttpUser):
    """One customer, and whoever else the mix calls for in the tenant."""

    wait_time = constant(0)

    def on_start(self) -> None:
        """Takes the next customer."""
        if not Stage.players:
            raise StopUser
        self._tenant, scene = Stage.players.pop(0)
        number = next(Stage.numbers)
        first = time.time_ns() + number * 10_000_000
        # With each flow once at first, all would wait for the rarest.
        self._script = Script([scene], number, first, LEFT_OUT, opening=())

    @task
    def ask(self) -> None:
        """The next request; its answer is held against what is known."""
        Stage.left -= 1
        if Stage.left < 0:
            runner = cast("LocalRunner", self.environment.runner)
            if Stage.left == -1:
                # It kills the users, and would end here with the one that calls it.
                gevent.spawn(lambda: runner.quit())  # noqa: PLW0108 - its type is not known
            raise StopUser
        asked = self._script.next()
        with self.client.post(
            PATH,
            json={"query": asked.flow.text, "variables": asked.variables},
            headers=_headers(self._tenant, asked.subject, asked.flow.role),
            name=asked.flow.name,
            catch_response=True,
        ) as answer:
            if answer.status_code != OK:
                answer.failure(f"{answer.status_code} {(answer.text or '')[:200]}")
                return
            wrong = judged(asked, answer.text or "")
            if wrong is not None:
                answer.failure(wrong)

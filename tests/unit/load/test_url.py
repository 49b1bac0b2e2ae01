"""`python -m load url`: what is told before anything is asked."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from load.__main__ import app
from load.target import is_loopback
from local.issuer import Issuer
from tenantql.tenancy.identity import Role

ISSUER = Issuer("https://issuer.example", algorithm="ES256")
MEMBERS = (Role.CUSTOMER, Role.SELLER, Role.STAFF, Role.ADMIN)


def told(file: Path, tokens: str) -> str:
    """Nobody listens there, and it is not asked anything."""
    file.write_text(tokens)
    done = CliRunner().invoke(app, ["url", "http://127.0.0.1:9", "--tokens", str(file)])
    assert done.exit_code == 2
    return re.sub(r"[\s│]+", " ", done.output)


def tokens_of(*roles: Role) -> str:
    return "\n".join(ISSUER.token("acme", f"somebody-{role}", [role]) for role in roles)


def test_tokens_that_do_not_do_are_told(tmp_path: Path) -> None:
    file = tmp_path / "tokens.txt"
    assert "no tenant has tokens" in told(file, "")
    assert "is no token with" in told(file, "not.a.token")
    assert "no tenant has tokens" in told(file, tokens_of(*MEMBERS[1:]))
    # Two customers are asked for.
    assert "there are tokens of 1 customers" in told(file, tokens_of(*MEMBERS))


def test_what_costs_money_is_asked_about() -> None:
    options = ["url", "https://api.example", "--requests", "1000000"]
    done = CliRunner().invoke(app, options, input="n\n")
    assert done.exit_code == 1
    assert re.search(r"1,000,000 requests cost about \$\d+\.\d\d on AWS", done.output)


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("http://abc.execute-api.localhost:4571/prod", True),
        ("https://localhost.example", False),
        ("http://10.0.0.1", False),
    ],
)
def test_which_address_is_this_machines(url: str, own: bool) -> None:
    assert is_loopback(url) is own

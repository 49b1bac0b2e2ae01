"""The README's query gets the README's answer."""

import re
from typing import Final

import httpx
import pytest

from local.provision import ROOT

pytestmark = pytest.mark.xdist_group("development server")

README: Final = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_query_has_the_answer_that_stands_below_it(client: httpx.Client) -> None:
    path, actor, body, answer = re.findall(
        r"curl -s http://127\.0\.0\.1:8000(/\w+) .*?/tokens/(\S+?)\).*?-d '(.*?)'\n```\n\n"
        r"```json\n(.*?)\n```",
        README,
        re.DOTALL,
    )[0]
    token = client.get(f"/tokens/{actor}").text
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    got = client.post(path, content=body, headers=headers)
    # What is left of the budget is of the moment.
    left = re.compile(r'"left":\d+')
    assert left.search(answer)
    assert left.sub("", got.text) == left.sub("", answer)

"""One cold start: `python -SP start.py APP EVENT` imports a function and answers an event.

It prints milliseconds, of the clock and of the processor, since Python itself was ready. Nothing
is imported here that Python has not loaded already, or that every function loads.
"""

import sys
import time

started, started_cpu = time.perf_counter(), time.process_time()

from importlib.util import module_from_spec, spec_from_file_location  # noqa: E402


class _Runtime:
    """Lambda's context of one invocation."""

    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        """How long the function may go on."""
        return 30_000


def _first_answer(app: str, event: str) -> dict[str, object]:
    spec = spec_from_file_location("app", app)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    out, sys.stdout = sys.stdout, sys.stderr  # The log of the function is not the result.
    spec.loader.exec_module(module)
    imported, imported_cpu = time.perf_counter(), time.process_time()
    import json  # noqa: PLC0415 - by now every function has loaded it

    asked = json.loads(event)
    response = module.handler(asked, _Runtime())
    ended, ended_cpu = time.perf_counter(), time.process_time()
    sys.stdout = out
    body = json.loads(response["body"])
    if "errors" in body:
        raise RuntimeError(body["errors"])
    return {
        "import_ms": (imported - started) * 1e3,
        "answer_ms": (ended - imported) * 1e3,
        "wall_ms": (ended - started) * 1e3,
        "cpu_ms": (ended_cpu - started_cpu) * 1e3,
        "import_cpu_ms": (imported_cpu - started_cpu) * 1e3,
        "modules": len(sys.modules),
    }


if __name__ == "__main__":
    found = _first_answer(*sys.argv[1:])
    import json

    sys.stdout.write(json.dumps(found))

"""Telling: what is done with the observation of a request, once it is answered."""

from collections.abc import Callable

from tenantql.engine.failures import log_fields
from tenantql.engine.observation import Observation
from tenantql.errors import SettingsError
from tenantql.logs import Log
from tenantql.settings import TelemetrySettings, trace_of_invocation
from tenantql.telemetry.metrics import RequestMetrics
from tenantql.telemetry.request_log import RequestLog

type Tell = Callable[[Observation], None]


class Telling:
    """Tells of each request in several ways. Never raises: the request itself is answered."""

    def __init__(self, logger: Log, *tells: Tell) -> None:
        self._logger = logger
        self._tells = tells
        self._cold = True

    def __call__(self, observed: Observation) -> None:
        """Tells of a request; the first one of a process is a cold start."""
        observed.cold_start, self._cold = self._cold, False
        for tell in self._tells:
            try:
                tell(observed)
            except Exception as error:  # noqa: BLE001 - a request does not fail for its telling
                self._log(error)

    def _log(self, error: Exception) -> None:
        # Type and stack; a message could hold data, so no logging.exception.
        self._logger.error("not told", extra=dict(log_fields(error)))


def telling(
    settings: TelemetrySettings, logger: Log, issued: Callable[[], int] = lambda: 0
) -> Telling:
    """Log, metrics, and spans if the settings ask for them; `issued` is of the metrics.

    Raises SettingsError if they do and nothing brings OpenTelemetry.
    """
    service = logger.service
    log = RequestLog(
        service, level=logger.log_level, share=settings.log_share, trace=trace_of_invocation
    )
    return Telling(logger, log, RequestMetrics(service, issued=issued), *_spans(settings))


def _spans(settings: TelemetrySettings) -> tuple[Tell, ...]:
    if not settings.spans:
        return ()
    try:
        from tenantql.telemetry.spans import RequestSpans
    except ImportError:
        raise SettingsError("TENANTQL_OTEL is on, and no layer brings opentelemetry-api") from None
    return (RequestSpans(),)

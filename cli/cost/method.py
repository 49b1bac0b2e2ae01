"""docs/cost.md, its second half: how it is reckoned, what is left out, and the prices."""

from collections.abc import Iterator

from cli.cost import bill as bills
from cli.cost import usage
from cli.cost.bill import Rates
from cli.cost.plan import GB, RECORDS, Plan
from cli.cost.prices import NAMES, Prices


def model(plan: Plan, rates: Rates) -> str:
    """What is measured, and what is assumed."""
    used = usage.mean()
    entities = [f"{count} {name}" for name, count in RECORDS.items()]
    half = len(entities) // 2
    return f"""\
## The model

**Measured**, and compared with the code by a test: calls, units and stream records of each way
of asking (`benchmarks/day/footprints.json`; how is in [load/day.md](load/day.md#method)), rounds
and bytes of answers (`weights.json`). The mix is the catalogue's rates (`benchmarks/day/mix.py`).
A request of it has {used.reads:.2f} read and {used.writes:.2f} write units, {used.records:.2f}
records of the stream, and {used.bytes:,.0f} bytes to the client.

**Assumed**, in `cli/cost`, where each has its reason:

- *DynamoDB*: {usage.READ_MS:g} ms for a round of reads, {usage.WRITE_MS:g} for a write,
  {usage.TRANSACTION_MS:g} for a transaction. A tenant makes {usage.VISIT} requests of an instance
  in a row: for them one read of its routing record and at most one AssumeRole
  ({usage.SESSION_MS:g} ms, free). A request makes {usage.USAGE_WRITES:g} writes of usage
  ([budgets](budgets.md#what-it-costs)).
- *Functions*: processor time of {usage.BASE_MS:g} ms a request, {usage.CALL_MS:g} a call,
  {usage.READ_UNIT_MS:g} a read unit, {usage.WRITE_UNIT_MS:g} a write unit, fitted to times with a
  table in memory and a whole processor; 1,024 MB have {bills.GRAPHQL_MB / bills.WHOLE_MB:.0%} of
  one. {bills.COLD:.1%} of invocations start an instance: {bills.COLD_MS:,.0f} ms, which is billed.
  So a request takes {rates.graphql_ms(rates.whole) / plan.requests:.0f} ms of the graphql
  function, and {rates.batches * used.records:.2f} invocations of the stream's.
- *Stream*: a shard for 10 GB of the table, at least {bills.LEAST_SHARDS}; {bills.FACTOR} lanes
  a shard, and a batch when {bills.BATCH} records are there or {bills.WINDOW:g} s have passed.
  Calls of a batch come one after another. Lambda reads the stream free of charge.
- *Logs*: {bills.LINE} bytes for a request, {bills.ACCESS_LINE} for the API's line,
  {bills.SYSTEM_LINES} for START, END and REPORT of an invocation, {bills.METRIC_LINE} for a line
  of metrics and {bills.METRIC_REQUEST} for each request in it: {rates.metric_bytes:.0f} bytes a
  request at this traffic. Kept for {plan.retention_days:g} days, at {bills.LOG_KEPT:.0%} of the
  size.
- *Metrics*: all of the {plan.series} series that
  [requests can make](observability.md#metrics). *Monitoring*: {plan.alarms}
  metrics of [alarms](monitoring.md), {plan.pages} composite ones, the dashboard, {plan.keys} keys
  (topics, vault of backups), and a run of the canary in {plan.canary_minutes:g} minutes:
  {bills.CANARY_MS:,.0f} ms and {bills.CANARY_UNITS} read units.
- *Traces*: one invocation a second of each function, and {bills.TRACED:.0%} of the others, each a
  trace of its own. If X-Ray counts the second for all functions together, it is about half.
- *Answers*: clients take gzip; of what is over {usage.COMPRESSED_FROM:,} bytes
  {usage.COMPRESSION:.0%} is left (measured: 8 to 18%).
- *Records*: of a hundred, {", ".join(entities[:half])},
  {", ".join(entities[half:])}.
  With their sizes in `local/patterns/catalogue.toml`, their indexes, and 100 bytes for each item
  and entry, {plan.records:,.0f} have {plan.table_bytes / GB:.0f} GB in the table and
  {plan.index_bytes / GB:.0f} GB in indexes. Recovery and backups are of the table alone;
  {plan.copies:g} full copies are kept, as [the plan](backup.md#the-plan) of production does.

The traffic is taken to be even over the day. That matters to batches, traces and lines of metrics,
which are fewer where requests come together; and to provisioned capacity, where the used share
says it.
"""


def left_out(prices: Prices) -> str:
    """What the bill of AWS has besides."""
    return f"""\
## What it leaves out

- Images: S3's storage and requests, and a CDN. No image passes the API.
- Keys: $1 a month for that of the backups, $1 for one of the tables' own, and $0.03 for 10,000
  calls of KMS, which DynamoDB makes seldom.
- Retries, conflicts, requests that are refused, CORS preflights: some per cent of the requests.
- Rebuilds, exports, restores, the isolation matrix; canaries, dashboards, composite alarms;
  reading logs ($0.005 a GB) and metrics.
- TTL's deletions cost no units, but pass the stream: some 0.25 records a request.
- The dead-letter queue, IAM, CloudFormation: nothing, or next to it.
- Contributor Insights and OpenTelemetry, which are off; support plans; taxes.
- Discounts: the free tier (some $20 for the only stack of an account), savings plans, reserved
  capacity, agreements. The step prices above 10 TB of logs or transfer.
- Other regions: copy `cli/prices/{prices.region}.toml`, fill in, `./tenantql cost --prices FILE`.
"""


def price_list(prices: Prices) -> Iterator[str]:
    """Each price with its page, and what confirms it."""
    yield f"""\
## Prices

Of {prices.region}, gathered on {prices.date} from stored copies of public pages. AWS's own pages
show most figures in a browser only, so it is told what else has a figure; Infracost's test data are
of 2024 or before. **None was read from AWS's price list of this day**: check them, those of
DynamoDB on demand first, before you rely on the sums. `cli/prices/{prices.region}.toml` has them.

| $ | for | of | confirmed by |
|--:|--:|---|---|"""
    for name in NAMES:
        each = prices[name]
        above = f"; ${each.usd_over:g} beyond {each.over:,.0f}" if each.usd_over else ""
        usd = f"{each.usd:.10f}".rstrip("0").rstrip(".")
        yield (
            f"| {usd} | {each.per:,.0f} | [{each.unit}]({each.page}){above} |"
            f" {each.confirmed or '**not confirmed**'} |"
        )
    yield ""

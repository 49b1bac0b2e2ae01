"""All commands."""

import typer

from cli import backing_up, restoring
from cli.costing import cost
from cli.diagnosing import doctor
from cli.documents import documents
from cli.explaining import explain
from cli.issuing import token
from cli.rebuilding import rebuild
from cli.seeding import seed

app = typer.Typer(
    help="Commands for who runs TenantQL.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.command("cost")(cost)
app.command("doctor")(doctor)
app.command("documents")(documents)
app.command("explain")(explain)
app.command("rebuild")(rebuild)
app.add_typer(backing_up.app, name="backup")
app.add_typer(restoring.app, name="restore")
app.command("seed")(seed)
app.command("token")(token)

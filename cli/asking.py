"""Asking before something that costs or cannot be undone."""

from rich.console import Console

from cli.stack import StackError


def ensure_agreed(console: Console, question: str, otherwise: str) -> None:
    """Asks. Raises StackError that says `otherwise` unless the answer is yes."""
    try:
        answer = console.input(f"{question} [y/N] ", markup=False)
    except EOFError:
        console.print()
        answer = ""
    if answer.strip().lower() not in {"y", "yes"}:
        raise StackError(f"{otherwise}; --yes does")

"""`python -m cli.cost` writes docs/cost.md and its plot."""

from cli.cost import page, plot, prices


def main() -> None:
    """Write them."""
    found = prices.load()
    page.FILE.write_text(page.page(found), encoding="utf-8")
    plot.save(found, page.PICTURE)


if __name__ == "__main__":
    main()

"""The GraphQL playground: a page of ours around GraphiQL, with nothing from another site."""

from local.playground.install import ASSETS, PlaygroundError, install, installed

__all__ = ["ASSETS", "PlaygroundError", "install", "installed"]

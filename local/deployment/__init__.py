"""The whole template in the local cloud: built and deployed by SAM, loaded with data, asked."""

from local.deployment.deployment import Deployment, Watcher, deployment
from local.deployment.outcome import Check, Outcome
from local.deployment.stack import Stack

__all__ = ["Check", "Deployment", "Outcome", "Stack", "Watcher", "deployment"]

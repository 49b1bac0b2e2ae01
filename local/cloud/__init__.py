"""The local cloud: ministack with IAM on, and what it lacks of AWS added.

    with LocalCloud() as cloud:
        cloud.client("dynamodb").list_tables()

It has its own virtual environment (`make` sets up ``.venv-cloud``), keeps its state in memory,
serves 127.0.0.1 only, and ends with the process that started it.
"""

from local.cloud.launcher import CloudError, LocalCloud

__all__ = ["CloudError", "LocalCloud"]

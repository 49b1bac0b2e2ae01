"""The bucket of images is emptied as docs/deploying.md says, so that the stack can go."""

import os
import re
import subprocess
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import LocalCloud
from local.provision import ROOT


def test_a_bucket_with_old_versions_is_emptied(cloud: LocalCloud) -> None:
    text = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^\.venv/bin/python -c .*$", text, re.MULTILINE)
    s3: Any = cloud.client("s3")
    s3.create_bucket(Bucket="to-go")
    s3.put_bucket_versioning(Bucket="to-go", VersioningConfiguration={"Status": "Enabled"})
    for key in ("acme/1.png", "acme/1.png", "acme/2.png"):
        s3.put_object(Bucket="to-go", Key=key, Body=b"image")
    s3.delete_object(Bucket="to-go", Key="acme/2.png")
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        s3.delete_bucket(Bucket="to-go")
    subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        check=True,
        env={
            **os.environ,
            "BUCKET": "to-go",
            "AWS_ENDPOINT_URL": cloud.endpoint,
            "AWS_ACCESS_KEY_ID": cloud.access_key,
            "AWS_SECRET_ACCESS_KEY": cloud.secret_key,
            "AWS_REGION": cloud.region,
            "AWS_DEFAULT_REGION": cloud.region,
            "NO_PROXY": "127.0.0.1",
        },
    )
    s3.delete_bucket(Bucket="to-go")

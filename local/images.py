"""Serves the images of the local cloud's bucket, as a CloudFront distribution does on AWS.

The bucket is private, so a browser cannot open its objects: what stands in front of it reads them
with a right of its own. Everybody may see them, for they are shown to whoever visits a shop.
"""

import asyncio
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

IMAGES: Final = "/images"
"""The path that the keys of objects follow."""


def images_of(s3: Any, bucket: str) -> Starlette:
    """The objects of a bucket by their keys, with the types that they were uploaded with.

    `s3` is a boto3 client with the right to read them.
    """

    def read(key: str) -> Response:
        try:
            found = s3.get_object(Bucket=bucket, Key=key)
        except s3.exceptions.NoSuchKey:
            return PlainTextResponse("there is no such image\n", status_code=404)
        # An image is never replaced: each upload has a key of its own.
        headers = {"cache-control": "max-age=31536000, immutable"}
        return Response(found["Body"].read(), media_type=found["ContentType"], headers=headers)

    async def image(request: Request) -> Response:
        return await asyncio.to_thread(read, request.path_params["key"])

    return Starlette(routes=[Route("/{key:path}", image)])

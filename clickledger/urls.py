"""URLs of other systems as they may be shown: without what may be a secret."""

import re

LOGIN = re.compile(r"(?<=://)[^/?#\s]*@")  # of each URL in a chain such as simplecache::s3://…
QUERY = re.compile(r"[?#].*", re.DOTALL)  # a signed URL's signature stands there


def without_login(url: str) -> str:
    """The URL without user, password and query; a path is left as it is."""
    if "://" not in url:
        return url
    return QUERY.sub("", LOGIN.sub("", url))

#!/usr/bin/env python3
"""Keeps track of entity tags: a program that edits through this class never overwrites a state that it has not seen.

    python3 examples/python/editor.py http://127.0.0.1:8080
"""

import json
import sys
import urllib.error
import urllib.request


class Collision(Exception):
    """The resource has changed since it was read. `problem["current"]` is its current state, as the server sent it."""

    def __init__(self, problem):
        super().__init__(problem.get("detail"))
        self.problem = problem


class Resource:
    def __init__(self, url):
        self.url, self.tag, self.data = url, None, None

    def _send(self, method, fields, body=None):
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url, content, fields, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                self.tag = response.headers.get("ETag")
                text = response.read()
                self.data = json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            if error.code == 304:
                return self.data
            if error.code == 412:
                raise Collision(json.load(error)) from None
            raise
        return self.data

    def read(self):
        """The current state. The server answers 304 if it is the state that this object has already."""
        return self._send("GET", {"If-None-Match": self.tag} if self.tag else {})

    def change(self, **members):
        """Changes members, on the condition that the resource is still in the state that was read."""
        fields = {"If-Match": self.tag, "Content-Type": "application/merge-patch+json"}
        return self._send("PATCH", fields, members)

    def edit(self, decide, attempts=10):
        """Changes the members that decide(data) returns. After a collision it reads the new state and decides again."""
        for _ in range(attempts):
            try:
                return self.change(**decide(self.read()))
            except Collision as collision:
                last = collision
        raise last


def main():
    base = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    mine, theirs = Resource(f"{base}/products/5"), Resource(f"{base}/products/5")
    mine.read()
    theirs.read()
    theirs.change(name="Blue blanket, large")
    try:
        mine.change(price=11.5)
    except Collision as collision:
        print("refused:", collision)
    print("after asking again:", mine.edit(lambda now: {"price": 11.5}))


if __name__ == "__main__":
    main()

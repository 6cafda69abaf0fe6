"""Waiting for a state with a deadline, and doing things at the same time."""

import threading
import time

import psycopg2

LIMIT = 20  # seconds that any single wait may take


def eventually(check, timeout=LIMIT, every=0.02):
    """Calls `check` until it returns something true, and returns that; fails with its last error otherwise."""
    end = time.monotonic() + timeout
    last = None
    while True:
        try:
            value = check()
            if value:
                return value
            last = None
        except (AssertionError, OSError, psycopg2.Error, ValueError) as error:
            last = error
        if time.monotonic() > end:
            raise AssertionError(f"not so within {timeout} s: {last or check}")
        time.sleep(every)


def race(count, call):
    """call(0) … call(count - 1) at once, one thread each; their results in order. Errors are raised."""
    barrier = threading.Barrier(count)
    results, errors = [None] * count, []

    def run(i):
        try:
            barrier.wait(LIMIT)
            results[i] = call(i)
        except BaseException as error:  # noqa: B902: handed on to the test
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,), daemon=True) for i in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(6 * LIMIT)
        assert not t.is_alive(), "a racer never came back"
    if errors:
        raise errors[0]
    return results

"""AngularJS and Restangular in a real browser: tests/clients/restangular against midair on another origin."""

import pytest

import midair as harness
import node_client

FOLDER = node_client.CLIENTS / "restangular"


@pytest.fixture(scope="module")
def page_port():
    return harness.free_port()


@pytest.fixture(scope="module")
def config(page_port):
    """One origin is let in, and the API is not at the root, as behind a proxy."""
    return {"server": {"base_path": "/api", "cors_origins": f"http://127.0.0.1:{page_port}"}}


def test_the_lock_file_names_no_registry():
    assert node_client.lock_addresses(FOLDER) == []


def test_in_the_browser(client, server, page_port):
    counts = node_client.run_tests(FOLDER, API_URL=f"http://127.0.0.1:{server.port}{server.base}", PAGE_PORT=page_port)
    assert counts["skipped"] == 0 and counts["todo"] == 0

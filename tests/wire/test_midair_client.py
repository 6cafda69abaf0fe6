"""packages/midair-client, its adapters and its types, and examples/plain-js: tests/clients/midair-client in Node and in Chromium."""

import pytest

import midair as harness
import node_client

FOLDER = node_client.CLIENTS / "midair-client"


@pytest.fixture(scope="module")
def page_port():
    return harness.free_port()


@pytest.fixture(scope="module")
def config(page_port):
    return {"server": {"cors_origins": f"http://127.0.0.1:{page_port}"}}


def test_the_lock_file_names_no_registry():
    assert node_client.lock_addresses(FOLDER) == []


def test_the_package_has_no_dependencies():
    package = (harness.ROOT / "packages" / "midair-client" / "package.json").read_text(encoding="utf-8")
    assert "ependencies" not in package


def test_the_client(client, server, page_port):
    counts = node_client.run_tests(FOLDER, MIDAIR_URL=f"http://127.0.0.1:{server.port}", PAGE_PORT=page_port)
    assert counts["fail"] == 0 and counts["skipped"] == 0 and counts["pass"] >= 50

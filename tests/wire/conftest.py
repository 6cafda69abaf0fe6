"""Fixtures of the wire tests: one cluster a session, one database and one midair a module."""

import os

import pytest

import midair as harness

# A worker of pytest-xdist runs whole files. These take longest, so they come first: at the end the others would wait.
LONG_FILES = {"test_restangular_browser.py", "test_memory.py", "test_cli.py", "test_database_away.py",
              "test_postgrest_js.py", "test_reload.py"}


def pytest_configure(config):
    config.addinivalue_line("markers", "memory: long load to see that memory stays flat")
    config.addinivalue_line("markers", "quick: one of the cross-section that `scripts/test quick` runs")
    config.addinivalue_line("markers", "concurrent: several clients at once, or changes under running requests; "
                                       "ThreadSanitizer runs these")


def pytest_sessionstart(session):
    if not os.access(harness.binary(), os.X_OK):
        pytest.exit(f"{harness.binary()} is not there: build it, or name another in MIDAIR_BIN", 4)


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name not in LONG_FILES)


@pytest.fixture(scope="session")
def cluster():
    """A private PostgreSQL for the session, stopped at the end whatever happens."""
    with harness.Postgres() as postgres:
        yield postgres


@pytest.fixture(scope="module")
def database(cluster):
    """A fresh copy of the sample shop for the module."""
    made = harness.create(cluster, like=harness.SHOP)
    yield made
    made.close()


@pytest.fixture
def fresh_database(create):
    """A fresh copy of the sample shop for one test."""
    return create(like=harness.SHOP)


@pytest.fixture
def create(cluster):
    """create(sql, like=…, stamped=…): a database for one test, see midair.create."""
    made = []

    def creator(*arguments, **more):
        made.append(harness.create(cluster, *arguments, **more))
        return made[-1]

    yield creator
    for database in made:
        database.close()


@pytest.fixture(scope="module")
def config():
    """Configuration of the module's server; modules override this fixture."""
    return {}


@pytest.fixture(scope="module")
def server(database, config):
    with harness.Midair(database, **config) as running:
        yield running


@pytest.fixture
def client(server):
    """A keep-alive client; the server must have survived the test."""
    with server.client() as made:
        yield made
    assert server.alive(), f"midair died:\n{server.log()[-20000:]}"
    server.check_log()


@pytest.fixture
def start(request):
    """start(database, …): a midair of one's own, stopped and checked at the end of the test."""
    running = []

    def starter(database, **config):
        server = harness.Midair(database, **config)
        running.append(server)
        return server.start()

    yield starter
    failed = []
    for server in reversed(running):
        try:
            server.__exit__(None, None, None)
        except AssertionError as error:
            failed.append(error)
    if failed:
        raise failed[0]

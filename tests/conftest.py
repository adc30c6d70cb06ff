"""One option: ``pytest --update-golden`` rewrites what the goldens record. Read the difference before keeping it.

Hypothesis draws the same examples in every run, so that a change is what turns a test red;
``--hypothesis-profile=search`` draws new ones, ``--hypothesis-profile=thorough`` twice as many, as `.ci/run` does.
"""

import gc
import os
from functools import cache

import pytest
import typer.main
from bounds import tell
from hypothesis import HealthCheck, settings

from cnncalc import commands

settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("search"), derandomize=True)
settings.register_profile("steady", settings.get_profile("thorough"), max_examples=50)
settings.load_profile("steady")


def pytest_configure() -> None:
    tell(os.dup(2))  # before pytest takes it for its own
    # The command line keeps nothing of a run, so it is put together once and not for each of thousands.
    commands.application = cache(commands.application)
    typer.main.get_command = cache(typer.main.get_command)


def pytest_collection_finish() -> None:
    gc.freeze()  # the collected tests stay to the end: looking through them for garbage takes a sixth of the time


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Rewrite what the goldens in tests/golden record.")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))

"""One option: ``pytest --update-golden`` rewrites what the goldens record. Read the difference before keeping it.

Hypothesis draws the same examples in every run, so that a change is what turns a test red;
``--hypothesis-profile=search`` draws new ones.
"""

import pytest
from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Rewrite what the goldens in tests/golden record.")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))

"""Which database a test runs on: SQLite, or with `@both_databases` each of the two in turn."""

from __future__ import annotations

import pytest

both_databases = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
"""On a test that takes `house`, `database` or `database_url`, or as a module's `pytestmark`."""

"""Lets pytest check notebooks through the project's harness (tests/harness/plugin.py)."""

pytest_plugins = ["tests.harness.plugin"]

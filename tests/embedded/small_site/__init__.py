"""The smallest site that `manage.py up` can serve: what the tests of `up` itself need."""

from importlib.metadata import version as told

from scanner.versions import version


def test_the_version_is_that_of_the_package_and_none_of_what_is_not_there():
    assert version("pyarrow") == told("pyarrow")
    assert version("google-re2") == told("google-re2")
    assert version("no-such-package-anywhere") == ""

"""Which detect-secrets plug-ins run, and how they are built from the options."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from scanner import suggest
from scanner.errors import UsageError

# Those that know one provider's format.  Left out: entropy, keywords, public addresses, and
# two whose expressions fire on ordinary words (Artifactory, IBM Cloud IAM).
PRECISE = (
    "AWSKeyDetector",
    "AzureStorageKeyDetector",
    "BasicAuthDetector",
    "CloudantDetector",
    "DiscordBotTokenDetector",
    "GitHubTokenDetector",
    "GitLabTokenDetector",
    "IbmCosHmacDetector",
    "JwtTokenDetector",
    "MailchimpDetector",
    "NpmDetector",
    "OpenAIDetector",
    "PrivateKeyDetector",
    "PypiTokenDetector",
    "SendGridDetector",
    "SlackDetector",
    "SoftlayerDetector",
    "SquareOAuthDetector",
    "StripeDetector",
    "TelegramBotTokenDetector",
    "TwilioKeyDetector",
)


def chosen(options: Mapping[str, Any], folder: str) -> Iterator[Any]:
    """The plug-in objects that the options ask for.

    Raises UsageError for an unknown name, a wrong argument or a file that does not load.
    """
    known = dict(_built_in())
    for entry in _entries(options.get("plugins", PRECISE), known):
        name, arguments = entry
        if name not in known:
            what = f"detect-secrets has no plug-in {suggest.plain(name)}"
            raise UsageError(what, "option plugins", suggest.hint(name, known))
        yield _made(known[name], arguments)
    for source in _list(options.get("custom", []), "custom"):
        for kind in _custom(str(source), folder):
            yield _made(kind, {})


def _entries(given: Any, known: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for entry in known if given == "all" else _list(given, "plugins"):
        if isinstance(entry, Mapping) and isinstance(entry.get("name"), str):
            yield entry["name"], {str(k): v for k, v in entry.items() if k != "name"}
        else:
            yield str(entry), {}


def _list(given: Any, option: str) -> list[Any]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise UsageError(f"`{option}` must be a list", hint=f"write {option}: [...]")
    return list(given)


def _built_in() -> Iterator[tuple[str, type[Any]]]:
    from detect_secrets import plugins

    for module in sorted(m.name for m in pkgutil.iter_modules(plugins.__path__)):
        if module != "base":
            yield from _kinds(importlib.import_module(f"{plugins.__name__}.{module}"))


def _kinds(module: Any) -> Iterator[tuple[str, type[Any]]]:
    """The plug-in classes a module defines, abstract ones apart."""
    from detect_secrets.plugins.base import BasePlugin

    for name, kind in vars(module).items():
        if inspect.isclass(kind) and issubclass(kind, BasePlugin):
            own = kind.__module__ == module.__name__
            if own and isinstance(getattr(kind, "secret_type", None), str):
                yield name, kind


def _custom(source: str, folder: str) -> Iterator[type[Any]]:
    """The classes of `module:Class`, or all of a file."""
    module, _, name = source.partition(":")
    if source.endswith(".py"):
        kinds = dict(_kinds(_module_of(Path(folder, source))))
    else:
        kinds = dict(_kinds(_imported(module)))
    if name and name not in kinds:
        what = f"the module {module} defines no detect-secrets plug-in {suggest.plain(name)}"
        raise UsageError(what, "option custom", suggest.hint(name, kinds))
    if not kinds:
        what = "nothing in it is a detect-secrets plug-in"
        raise UsageError(what, source, "derive a class from RegexBasedDetector and name it here")
    yield from [kinds[name]] if name else kinds.values()


def _module_of(path: Path) -> Any:
    spec = spec_from_file_location(f"leakgate_custom_{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise UsageError("there is no such file", str(path), "give the path of a Python file")
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # noqa: BLE001 - foreign code; any failure is the caller's file
        raise _unloadable(str(path), error) from None
    return module


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 - foreign code; any failure is the caller's module
        raise _unloadable(name, error) from None


def _unloadable(where: str, error: Exception) -> UsageError:
    what = f"the plug-in could not be loaded ({type(error).__name__})"
    return UsageError(what, where, "run it in Python by itself to see the failure")


def _made(kind: type[Any], arguments: dict[str, Any]) -> Any:
    try:
        return kind(**arguments)
    except (TypeError, ValueError):
        what = f"{kind.__name__} cannot be built with these arguments"
        raise UsageError(what, "option plugins", "see its parameters in detect-secrets") from None

"""What a message that was streamed says: the increments of many records, in their order.

Known are the events of OpenAI's chat completions (`choices[].delta`), completions
(`choices[].text`) and responses (`type: response.*.delta`), Anthropic's messages
(`content_block_delta`), Gemini (`candidates[].content.parts[]`) and the Vercel AI SDK
(`text-delta`); bare, in a wrapper (`data`, `chunk`, ...), as JSON in a text, or behind `data:`
as server-sent events are logged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec

SHAPE = re.compile(
    rb"\\?\"delta\\?\"\s*:\s*(?:\{[^{}]{0,40}\\?\"(?:content|text|role|partial_json|tool_calls"
    rb"|reasoning_content|type|thinking)\\?\"|\\?\")"
    rb"|chat\.completion\.chunk|content_block_delta|\"textDelta\"\s*:"
    rb"|\"object\"\s*:\s*\"text_completion\"|\"candidates\"\s*:\s*\[\s*\{\s*\"content\""
)
_WRAPPERS = ("data", "chunk", "payload", "body", "event", "response", "message", "json", "value")
_IDS = ("id", "item_id", "message_id", "messageId", "responseId", "response_id", "request_id")
_TEXTS = ("content", "text", "reasoning_content", "reasoning", "refusal", "thinking")
_DEPTH = 3
Increment = tuple[tuple[Any, ...], str, bool]  # which message, what is added, whether it ends


def increments(record: Any, depth: int = _DEPTH) -> Iterator[Increment]:
    """What a record adds to messages."""
    told: Any = _parsed(record) if isinstance(record, str) else record
    if isinstance(told, dict):
        yield from _of_record(told, depth)


def _of_record(record: dict[Any, Any], depth: int) -> Iterator[Increment]:
    found = list(_event(record))
    yield from found
    if not found and depth:
        for each in (each for value in record.values() for each in _items(value)):
            yield from increments(each, depth - 1)
    for name in _WRAPPERS if not found and depth else ():
        inner = record.get(name)
        if isinstance(inner, dict) or (isinstance(inner, str) and "{" in inner[:10]):
            yield from increments(inner, depth - 1)


def _parsed(text: str) -> Any:
    body = text.removeprefix("data:").strip()
    if body.startswith("{"):
        with suppress(msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            return msgspec.json.decode(body)
    return None


def _event(record: dict[Any, Any]) -> Iterator[Increment]:
    who = next((record[name] for name in _IDS if isinstance(record.get(name), str)), "")
    for choice in _items(record.get("choices")):
        yield from _choice(choice, who)
    for candidate in _items(record.get("candidates")):
        content = candidate.get("content")
        for part in _items(content.get("parts")) if isinstance(content, dict) else ():
            yield from _text((who, candidate.get("index", 0), "text"), part.get("text"))
    delta = record.get("delta", record.get("textDelta"))
    place = record.get("index", record.get("output_index", 0))
    if isinstance(delta, str):
        kind = record.get("type") if isinstance(record.get("type"), str) else ""
        yield from _text((who, place, kind), delta)
    elif isinstance(delta, dict):
        yield from _delta(delta, (who, place))


def _choice(choice: dict[Any, Any], who: Any) -> Iterator[Increment]:
    place = who, choice.get("index", 0)
    delta = choice.get("delta")
    ended = choice.get("finish_reason") is not None
    if isinstance(delta, dict):
        yield from _delta(delta, place)
    else:
        yield from _text((*place, "text"), choice.get("text"))
    if ended:
        yield (*place, ""), "", True


def _delta(delta: dict[Any, Any], place: tuple[Any, ...]) -> Iterator[Increment]:
    for name in (*_TEXTS, "partial_json"):
        yield from _text((*place, name), delta.get(name))
    for call in _items(delta.get("tool_calls")):
        made = call.get("function")
        if isinstance(made, dict):
            yield from _text((*place, "arguments", call.get("index", 0)), made.get("arguments"))


def _text(who: tuple[Any, ...], text: Any) -> Iterator[Increment]:
    if isinstance(text, str) and text:
        yield tuple(str(part) for part in who), text, False


def _items(value: Any) -> list[dict[Any, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []

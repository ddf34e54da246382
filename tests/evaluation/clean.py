# ruff: noqa: E501 - lines of logs are easier to compare on one line each
"""Writes data that holds no credential, for `noise.py`: what people and machines leave behind.

    python tests/evaluation/clean.py --size 40 /tmp/clean

Chat, logs of a dozen programs, lock files of seven package managers, notebooks with outputs and
pictures, embeddings, pages with images in base64.
"""

from __future__ import annotations

import base64
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path

import click
from faker import Faker

sys.path.insert(0, str(Path(__file__).parent))
from tokens import filled, text

_ASIDES = (
    "the token is refreshed every hour, see `TokenService.refresh()`",
    "I forgot the password of the wiki again, can you reset it?",
    "set API_KEY in your .env, ask Dana for the value",
    "my password manager shows 3 duplicates",
    "looks like commit {hex40} broke it",
    "request id {uuid} gave a 500",
    "see https://github.com/acme/app/pull/{dig4}#issuecomment-{dig9}",
    "docker pull registry.acme.io/app@sha256:{hex64}",
    "we should rotate the keys at some point",
    "the secret is to preheat the oven",
    "`export TOKEN=$(vault read -field=token secret/ci)` works for me",
    "build {hex7} is live, artifact md5 {hex32}",
    "https://docs.google.com/document/d/1{url43}/edit",
)
_LOGS = (
    '10.2.3.7 - - [01/Mar/2024:12:00:{dig2}] "GET /api/v1/users/{uuid}?session=active HTTP/1.1" 200 {dig4} "-" "Mozilla/5.0"',
    "2024-03-01T12:00:00.123Z INFO  [http-nio-8080-exec-3] c.a.auth.TokenFilter : token valid for user {uuid}, expires in {dig3} s",
    "2024-03-01 12:00:00,{dig3} ERROR com.acme.db.Pool - password authentication failed for user app{dig2}",
    "ts=2024-03-01T12:00:00Z level=info caller=main.go:{dig3} trace_id={hex32} span_id={hex16} msg=served",
    '{"time":"2024-03-01T12:00:00Z","level":"debug","requestId":"{uuid}","key":"user:{dig4}:profile","cacheKey":"{hex32}","etag":"{hex40}"}',
    "I0301 12:00:00.{dig6}       1 controller.go:{dig3}] Secret kube-system/cert-{hex7} synced, checksum {hex64}",
    "Mar  1 12:00:00 web1 sshd[{dig5}]: Accepted publickey for deploy from 10.0.0.3 port {dig5} ssh2: ED25519 SHA256:{b6443}",
    "[{dig4}.123456] usb 1-1: New USB device found, idVendor=0{dig3}, idProduct=abcd, SerialNumber: {hex24}",
    "npm http fetch GET 200 https://registry.npmjs.org/pkg{dig2}/-/pkg{dig2}-1.0.0.tgz {dig3}ms (cache miss) sha512-{b6486}==",
    "Step 4/9 : RUN pip install app=={dig1}\n ---> Running in {hex12}\n ---> {hex12}",
    "at com.acme.security.PasswordEncoder.matches(PasswordEncoder.java:{dig3})\n\tat java.base/java.lang.Thread.run(Thread.java:{dig3})",
    "tokens: prompt={dig4} completion={dig3} total={dig4} model=gpt-4o-2024-08-06 request=req_{hex32}",
    "Uploading part {dig2} of s3://bucket/{uuid}/data-{hex16}.parquet ETag {hex32}-{dig1}",
)
_LOCKS = (
    '    "node_modules/pkg-{az5}": {"version": "1.2.3", "resolved": "https://registry.npmjs.org/pkg-{az5}/-/pkg-{az5}-1.2.3.tgz", "integrity": "sha512-{b6486}=="},',
    'pkg-{az5}@^1.2.3:\n  version "1.2.3"\n  resolved "https://registry.yarnpkg.com/pkg/-/pkg-1.2.3.tgz#{hex40}"\n  integrity sha512-{b6486}==',
    '[[package]]\nname = "token-{az5}"\nversion = "0.3.1"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "{hex64}"',
    "github.com/acme/oauth{az5} v1.2.3 h1:{b6443}=\ngithub.com/acme/oauth{az5} v1.2.3/go.mod h1:{b6443}=",
    '    {file = "keyring_{az5}-1.2.3-py3-none-any.whl", hash = "sha256:{hex64}"},',
    '{"name": "acme/{az5}", "source": {"type": "git", "reference": "{hex40}"}, "dist": {"shasum": "{hex40}"}}',
    "secretstorage-{az5}==1.2.3 \\\n    --hash=sha256:{hex64} \\\n    --hash=sha256:{hex64}",
)


class _Maker:
    """Lines and documents, from a seed."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        Faker.seed(seed)
        fakers = [Faker(locale) for locale in ("en_US", "de_DE", "fr_FR", "ja_JP")]
        self._sentences = [fake.sentence() for fake in fakers for _ in range(600)]

    def _said(self) -> str:
        said = self._rng.choices(self._sentences, k=self._rng.randrange(1, 4))
        if self._rng.random() < 0.2:
            said.append(filled(self._rng, self._rng.choice(_ASIDES)))
        return " ".join(said)

    def _image(self) -> str:
        return base64.b64encode(b"\x89PNG\r\n\x1a\n" + self._rng.randbytes(3000)).decode()

    def chat(self) -> str:
        said = [{"role": role, "content": self._said()} for role in ("user", "assistant") * 2]
        return json.dumps({"id": filled(self._rng, "{uuid}"), "messages": said})

    def log(self) -> str:
        return filled(self._rng, self._rng.choice(_LOGS))

    def lock(self) -> str:
        return filled(self._rng, self._rng.choice(_LOCKS))

    def embedding(self) -> str:
        numbers = [round(self._rng.gauss(0, 0.05), 8) for _ in range(384)]
        key = text(self._rng, "hex", 32)
        return json.dumps({"id": key, "text": self._said(), "embedding": numbers})

    def notebook(self) -> str:
        return json.dumps({"cells": [self._cell() for _ in range(40)], "nbformat": 4}, indent=1)

    def _cell(self) -> dict[str, object]:
        shown = {"image/png": self._image(), "text/plain": [self._said()]}
        code = "token_counts = df['token'].value_counts()\napi_key = os.environ['API_KEY']\n"
        out = {"data": shown, "output_type": "display_data"}
        return {
            "cell_type": "code",
            "id": text(self._rng, "hex", 8),
            "source": code,
            "outputs": [out],
        }

    def page(self) -> str:
        images = (f'<img src="data:image/png;base64,{self._image()}">' for _ in range(40))
        style = f"<style>.password-field{{color:#{text(self._rng, 'hex', 6)}}}</style>"
        return f"<html>{style}{''.join(images)}<p>{self._said()}</p></html>"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--size", default=40, help="MB to write, in equal shares.")
@click.option("--seed", default=1)
def main(folder: Path, size: int, seed: int) -> None:
    """Write the files."""
    folder.mkdir(parents=True, exist_ok=True)
    made = _Maker(seed)
    makers: dict[str, tuple[Callable[[], str], int]] = {  # and how many a file holds
        "chat.jsonl": (made.chat, 300),
        "app.log": (made.log, 1000),
        "deps.lock": (made.lock, 1000),
        "vectors.jsonl": (made.embedding, 40),
        "plots.ipynb": (made.notebook, 1),
        "page.html": (made.page, 1),
    }
    for name, (make, many) in makers.items():
        written = 0
        while written < size * 1_000_000 // len(makers):
            data = "\n".join(make() for _ in range(many)).encode()
            (folder / f"{written}-{name}").write_bytes(data)
            written += len(data)


if __name__ == "__main__":
    main()

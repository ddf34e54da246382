"""`leakgate terms`: term lists that do not give their terms away."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

import click

from scanner.cli import _options


@click.group("terms")
def plugin() -> None:
    """Seal lists of confidential names."""


@plugin.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the sealed list is written, readable by its owner only.",
)
@_options.key_file
def seal(file: Path, output: Path, key_file: Path | None) -> None:
    """Write the terms of FILE as keyed hashes.

    The sealed list stands in a policy like the plain one, and finds what that one finds, typos
    excepted. It is of use with the same deployment key only. Ids, owners, dates and places stay
    readable: reports show them.
    """
    from scanner import keys
    from scanner.detectors import _term_seal
    from scanner.detectors._term_files import read_all
    from scanner.outputs import check_writable, write_aside

    check_writable(output)
    terms = read_all([file])
    sealed = _term_seal.sealed_file(terms, keys.load_key(key_file, os.environ).secret, str(file))

    def write(out: BinaryIO) -> None:
        out.write(sealed)

    write_aside(output, write)
    click.echo(f"{len(terms)} terms sealed: {output}", err=True)

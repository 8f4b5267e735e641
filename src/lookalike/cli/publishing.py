"""`lookalike publish` and `lookalike verify`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lookalike.cli import STOPPED
from lookalike.cli import options as o
from lookalike.cli.console import Console, printable, reporting
from lookalike.errors import UsageError

if TYPE_CHECKING:
    from lookalike.publish.base import Quote
    from lookalike.publish.places import Places
    from lookalike.publish.publishing import Published
    from lookalike.publish.verify import Verified
    from lookalike.settings import Settings


SENT = "Stopped on request; what was sent by then stays there. The same command goes on from there."


def publish(
    file: Annotated[str, typer.Argument(metavar="FILE", help="What `sample` wrote, its manifest beside it.")],
    to: Annotated[str, typer.Option("--to", metavar="PLACE", help="local, ipfs or arweave.")] = "local",
    licence: o.Licence = None,
    report: Annotated[
        str | None,
        typer.Option(metavar="R.json", help="What `check --json` said of it: its figures are signed, too."),
    ] = None,
    yes_forever: o.YesForever = False,
    override: o.Override = None,
    wallet: Annotated[
        str | None,
        typer.Option(metavar="KEY.json", help="Who pays for Arweave, if not the wallet of the settings."),
    ] = None,
    most: Annotated[
        float | None, typer.Option(metavar="AR", help="What it may cost at most, if not as the settings say.")
    ] = None,
    encrypt: Annotated[
        bool, typer.Option("--encrypt", help="Publish FILE.age; only the key in FILE.key opens it.")
    ] = False,
    cid_version: o.CidVersion = 1,
    quote: Annotated[bool, typer.Option("--quote", help="Only say what it would mean, and cost.")] = False,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Put FILE where others can fetch it, and a signed manifest beside it, by which they can check it."""
    with reporting(as_json=json, quiet=quiet) as console:
        from lookalike import verbs
        from lookalike.publish.places import Places, winston_of
        from lookalike.publish.publishing import state_path
        from lookalike.settings import read_settings

        settings = read_settings()
        places = Places.of(settings)
        if wallet is not None:
            places = replace(places, arweave_wallet=Path(wallet))
        if most is not None:
            places = replace(places, arweave_most=winston_of(most))
        if quote:
            _quote(console, settings, places, file, to, encrypt=encrypt)
            return
        sent = state_path(Path(file), to)
        console.stopped = lambda: SENT if sent.exists() else STOPPED
        with console.step("publishing", "bytes") as watch:
            done = verbs.publish(
                file,
                to,
                home=settings.home,
                places=places,
                licence=licence,
                report=report,
                yes_forever=yes_forever,
                override=override,
                encrypt=encrypt,
                cid_version=0 if cid_version == 0 else 1,
                tell=lambda meant: console.say(meaning(meant)),
                waits_s=settings.retries_s,
                watch=watch,
            )
        _tell_published(console, done)
        if done.put_by is not None:
            console.say(f"The manifest that stood there says something else: it is {done.put_by} now.")
        if encrypt:
            console.say(
                f"{file}.key opens it, and nothing else does. Keep it; who destroys it deletes the rows."
            )


def verify(
    manifest: Annotated[
        str, typer.Argument(metavar="MANIFEST", help="FILE.signed.json, or FILE.manifest.json.")
    ],
    file: Annotated[
        str | None,
        typer.Option(metavar="F", help="Where the file is, if not beside the manifest or where it says."),
    ] = None,
    gateway: Annotated[
        str | None, typer.Option(metavar="URL", help="Fetch it from there; the gateway need not be believed.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="FINGERPRINT", help="Of the key that must have signed.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="M.lal", help="Make random blocks again, and compare them.")
    ] = None,
    audit: Annotated[int | None, typer.Option(metavar="N", help="How many blocks; 5 if not said.")] = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Check that a file is what its manifest says, byte for byte, and who signed that."""
    with reporting(as_json=json, quiet=quiet) as console:
        from lookalike import verbs

        if audit is not None and model is None:
            raise UsageError("--audit makes blocks again, which takes the model.", hint="Say --model M.lal.")
        with console.step("verifying", "bytes") as watch:
            found = verbs.verify(
                manifest,
                file=file,
                gateway=gateway,
                key=key,
                model=model,
                audit=5 if audit is None else audit,
                watch=watch,
            )
        _tell_verified(console, found)


def _quote(
    console: Console, settings: Settings, places: Places, file: str, to: str, *, encrypt: bool
) -> None:
    from lookalike.publish.age import encrypted_bytes
    from lookalike.publish.places import open_place, store_in
    from lookalike.publish.publishing import file_info, wish_of

    info = file_info(wish_of(Path(file)))
    if encrypt:
        info = replace(info, size_bytes=encrypted_bytes(info.size_bytes))
    found = open_place(to, places, store_in(settings.home)).quote(info)
    console.figures |= {
        "where": found.where,
        "price": found.price,
        "unit": found.unit,
        "balance": found.balance,
        "forever": found.forever,
        "public": found.public,
        "address": found.address,
        "notes": list(found.notes),
    }
    console.show(meaning(found))


def meaning(quote: Quote) -> str:
    """What publishing there would mean, and cost, in sentences."""
    price = "nothing" if quote.price == "0" else f"{int(quote.price):,} {quote.unit}"
    lines = [f"{quote.where}: it costs {price}" + (f" of {int(quote.balance):,}." if quote.balance else ".")]
    lines.append("It can be taken back." if not quote.forever else "Nobody can take it back.")
    lines += ["Anybody can find it."] if quote.public else []
    return "\n".join([*lines, *quote.notes])


def _tell_published(console: Console, done: Published) -> None:
    from lookalike.publish.signing import fingerprint

    receipt, key = done.receipt, fingerprint(done.document["signed"]["public_key"])
    put_by = None if done.put_by is None else str(done.put_by)
    console.figures |= receipt.to_dict() | {"manifest": str(done.manifest), "signer": key, "put_by": put_by}
    lines = [f"{receipt.where}: {receipt.address}", *(f"  {link}" for link in receipt.links)]
    lines += [f"{done.manifest}: signed by {key}"]
    console.show("\n".join(lines))


def _tell_verified(console: Console, found: Verified) -> None:
    console.figures |= {
        "intact": True,
        "name": found.name,
        "source": found.source,
        "content": found.content,
        "rows": found.rows,
        "size_bytes": found.size_bytes,
        "sha256": found.sha256,
        "cids": list(found.cids),
        "signer": found.signer,
        "signer_known": found.known,
        "gate_passed": found.passed,
        "publications": list(found.publications),
        "audited": list(found.audited),
        "audited_in_file": found.in_file,
    }
    who = "signed by nobody" if found.signer is None else f"signed by {found.signer}"
    if found.known:
        said = f"Intact, and {who}, as asked."
    else:
        said = f"Intact, {'signer unknown' if found.signer else 'unsigned'}: {who}."
    lines = [said, f"  {found.source}: {found.rows:,} rows, {found.size_bytes:,} bytes"]
    lines += [f"  SHA-256 {found.sha256}", *(f"  CID {cid}" for cid in found.cids)]
    lines += [f"  published: {one['where']}, {one['address']}, {one['at']}" for one in found.publications]
    if found.audited:
        where = "equal to the manifest's, and in the file" if found.in_file else "equal to the manifest's"
        numbers = ", ".join(str(number) for number in found.audited)
        lines.append(f"  made again by the model: blocks {numbers}, {where}")
    # what a stranger's manifest says of itself must not look like a line of ours
    console.show("\n".join(printable(line.replace("\n", "\\n")) for line in lines))

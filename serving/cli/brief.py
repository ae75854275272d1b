"""`chokepoint brief`: two pages on the world or on one capital, as PDF and HTML."""

import json
from pathlib import Path
from typing import Annotated

import typer

from serving.cli.console import Json, Origin, console


def brief(
    origin: Origin = "",
    country: Annotated[
        str, typer.Option(help="ISO3 code of a state: a briefing of its capital, else of the world.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="Folder to write to; default inside the home folder.")] = None,
    as_json: Json = False,
) -> None:
    """Write a briefing of two pages, of the world or of one capital, as PDF and HTML."""
    from data.settings import settings
    from serving.briefing.country import country_brief
    from serving.briefing.facts import read_facts
    from serving.briefing.html import write_html
    from serving.briefing.pdf import write_pdf
    from serving.briefing.world import world_brief

    facts = read_facts(origin)
    document = country_brief(facts, country) if country else world_brief(facts)
    folder = out or settings().home / "briefs"
    folder.mkdir(parents=True, exist_ok=True)
    files = {"pdf": folder / f"{document.name}.pdf", "html": folder / f"{document.name}.html"}
    write_pdf(document, files["pdf"])
    write_html(document, files["html"])
    if as_json:
        content = {"origin": f"{facts.origin:%Y-%m}", "as_issued": facts.as_issued, "title": document.title}
        console.print_json(json.dumps(content | {kind: str(path) for kind, path in files.items()}))
        return
    console.print(f"{document.title}. {document.subtitle}", soft_wrap=True)
    for path in files.values():
        console.print(f"  {path}", soft_wrap=True)

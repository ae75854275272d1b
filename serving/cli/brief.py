"""The briefing as a command: reads, writes both files, and says where they are."""

import json
from pathlib import Path

from rich.console import Console

from data.settings import settings
from serving.briefing.country import country_brief
from serving.briefing.facts import read_facts
from serving.briefing.html import write_html
from serving.briefing.pdf import write_pdf
from serving.briefing.world import world_brief

console = Console()


def write(origin: str, country: str, out: Path | None, as_json: bool) -> None:
    """Write the briefing of an origin, of one capital where a country is named, as PDF and HTML."""
    facts = read_facts(origin)
    brief = country_brief(facts, country) if country else world_brief(facts)
    folder = out or settings().home / "briefs"
    folder.mkdir(parents=True, exist_ok=True)
    files = {"pdf": folder / f"{brief.name}.pdf", "html": folder / f"{brief.name}.html"}
    write_pdf(brief, files["pdf"])
    write_html(brief, files["html"])
    if as_json:
        content = {"origin": f"{facts.origin:%Y-%m}", "as_issued": facts.as_issued, "title": brief.title}
        console.print_json(json.dumps(content | {kind: str(path) for kind, path in files.items()}))
        return
    console.print(f"{brief.title}. {brief.subtitle}", soft_wrap=True)
    for path in files.values():
        console.print(f"  {path}", soft_wrap=True)

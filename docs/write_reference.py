"""Write the reference pages of docs/reference from the code: commands, settings, HTTP, sources, tables, features, layout.

`make reference` runs it; a test compares the pages with what it would write.
"""

import ast
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer.main
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from data.settings import REPOSITORY, Settings
from data.sources.registry import sources
from data.tables.registry import fed_by, panel_tables, row_tables
from data.tables.shared.table import PanelTable
from features.base import FALLING, RISING
from features.registry import groups
from serving.app import create_app
from serving.cli.main import app
from serving.store import Store

FOLDER = REPOSITORY / "docs" / "reference"


def commands() -> str:
    """Return the page of commands: each with its description, arguments and options."""
    blocks = ["# Commands", "Every command that prints takes `--json`. In a checkout they are in `.venv/bin`."]
    for name, command in _commands(typer.main.get_command(app), "chokepoint"):
        blocks += [f"## `{name}`", (command.help or "").strip()]
        lines = [_parameter(p) for p in command.params if p.name not in ("help", "as_json")]
        blocks += ["\n".join(["| argument | default | meaning |", "|---|---|---|", *lines])] if lines else []
    return _page(blocks)


def _commands(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield every command of a group and of the groups in it."""
    for name, command in sorted(getattr(group, "commands", {}).items()):
        if not hasattr(command, "commands") or command.invoke_without_command:
            yield f"{prefix} {name}", command
        yield from _commands(command, f"{prefix} {name}")


def _parameter(parameter: Any) -> str:
    name = "/".join([*parameter.opts, *parameter.secondary_opts])
    given = parameter.default
    default = "" if given in (None, "", (), False) or callable(given) else f"`{given}`"
    required = "required" if parameter.required else default
    return f"| `{name}` | {required} | {_cell(getattr(parameter, 'help', '') or '')} |"


def settings() -> str:
    """Return the page of settings: every environment variable with its default."""
    lines = [f"| `CHOKEPOINT_{n.upper()}` | {_default(f)} | {_cell(f.description or '')} |" for n, f in _fields()]
    blocks = [
        "# Settings",
        "Environment variables; none is needed. Secrets are read from the environment and written nowhere.",
        "\n".join(["| variable | default | meaning |", "|---|---|---|", *lines]),
        "`CHOKEPOINT_REAL_DATA` names a folder of publishers' files for the tests that need real rows.",
    ]
    return _page(blocks)


def _fields() -> Iterable[tuple[str, FieldInfo]]:
    return Settings.model_fields.items()


def _default(field: FieldInfo) -> str:
    value = field.default
    text = value.get_secret_value() if hasattr(value, "get_secret_value") else value
    return "none" if text in ("", None, {}, PydanticUndefined) else f"`{text}`"


def http() -> str:
    """Return the page of routes: each operation of the OpenAPI document with its parameters and answers."""
    with TemporaryDirectory() as empty:
        document = create_app(Store(Path(empty))).openapi()
    blocks = [
        "# HTTP",
        "The OpenAPI document is at `/openapi.json`, with examples for a browser at `/docs`. Errors have one shape: "
        '`{"error": {"status", "code", "message", "fields"}}`. `/livez` and `/readyz` are probes, `/metrics` gives Prometheus metrics.',
    ]
    for path, operations in sorted(document["paths"].items()):
        for verb, operation in operations.items():
            blocks += [f"## `{verb.upper()} {path}`", operation.get("description", "").strip()]
            lines = [_query(p) for p in operation.get("parameters", [])]
            blocks += ["\n".join(["| parameter | in | meaning |", "|---|---|---|", *lines])] if lines else []
            if body := operation.get("requestBody"):
                blocks.append(f"Body: {_schema(body)}.")
            blocks.append(f"Answer: {_schema(operation['responses'].get('200', {}))}.")
    blocks += ["# Schemas"]
    for name, schema in sorted(document["components"]["schemas"].items()):
        lines = [_field(n, f, name, schema) for n, f in schema.get("properties", {}).items()]
        blocks += [f"## {name}", schema.get("description", "").strip()]
        blocks += ["\n".join(["| field | type | meaning |", "|---|---|---|", *lines])] if lines else []
    return _page(blocks)


def _query(parameter: dict[str, Any]) -> str:
    meaning = parameter.get("description") or parameter["schema"].get("description", "")
    return f"| `{parameter['name']}` | {parameter['in']} | {_cell(meaning)} {_type(parameter['schema'])} |"


def _field(name: str, field: dict[str, Any], _schema_name: str, schema: dict[str, Any]) -> str:
    optional = "" if name in schema.get("required", []) else ", optional"
    return f"| `{name}` | {_type(field)}{optional} | {_cell(field.get('description', ''))} |"


def _schema(content: dict[str, Any]) -> str:
    kinds = content.get("content", {})
    named = [f"{kind}, {_type(body['schema'])}" if body.get("schema") else kind for kind, body in kinds.items()]
    return "; ".join(named) or "no body"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return f"`{schema['$ref'].rpartition('/')[2]}`"
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(_type(one) for one in schema[key]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type", "any value"))


def source_pages() -> str:
    """Return the page of sources: what each is, whose, under which licence, and how it is read."""
    blocks = [
        "# Sources",
        "`chokepoint ingest` fetches those with an address, `chokepoint ingest --from DIR` reads all of them, as CSV, TSV, zip, gzip or "
        "parquet. `chokepoint sources` shows how each stands here, `chokepoint sources check` asks the publishers' addresses.",
        "\n".join(
            ["| source | dataset | publisher | licence |", "|---|---|---|---|"]
            + [f"| `{s.name}` | {s.title} | {s.publisher} | {s.licence} |" for s in sources().values()]
        ),
    ]
    for source in sources().values():
        facts = {
            "feeds": f"`{source.table}`",
            "published": f"every {source.cadence_days} days, {source.lag_days} days later",
            "page": f"<{source.url}>",
            "cite": source.citation,
            "format seen": source.format_seen,
            "address seen": source.address_seen,
            "settings": ", ".join(f"`CHOKEPOINT_{name.upper()}`" for name in source.credentials),
            "may be passed on": "yes" if source.redistribute else "no",
        }
        blocks += [f"## `{source.name}`", _facts(facts)]
    return _page(blocks)


def tables() -> str:
    """Return the page of tables: those of publishers' rows, and each panel table with its columns, ages and needs."""
    blocks = [
        "# Tables",
        "Sources give rows of a publishers' table; panel tables are reduced from them by capital and month (`data/tables/`).",
        "## Publishers' rows",
        "\n".join(
            ["| table | from | panel tables | columns |", "|---|---|---|---|"]
            + [
                f"| `{name}` | {_codes(s.name for s in sources().values() if s.table == name)} | {_codes(fed_by(name)) or 'none'} "
                f"| {_codes(table.contract.columns)} |"
                for name, table in sorted(row_tables().items())
            ]
        ),
    ]
    for name, table in sorted(panel_tables().items()):
        facts = {
            "reduced from": _codes(table.reductions),
            "derived from": _codes(table.derived_from),
            "corrects": _codes(filter(None, [table.amends])),
            "columns": _codes(table.contract.columns) if table.contract else "",
            "a missing row": _missing_row(table),
            "newest month on time": f"{_months(table.expected_age_months)} old",
            "missing when older than": _months(table.max_age_months),
            "evidence": f"of {table.evidence}, without which {' and '.join(table.needed_by)} abstain"
            if table.evidence
            else "",
            "read by": _codes(group.name for group in groups() if name in group.tables),
            "licence": "" if table.licence == "see sources" else table.licence,
        }
        blocks += [f"## `{name}`", f"{table.label[0].upper()}{table.label[1:]}.", _facts(facts)]
    return _page(blocks)


def _missing_row(table: PanelTable) -> str:
    if table.census_of:
        return f"is zero inside the coverage of `{table.census_of}`, else unknown"
    return "" if table.cube or table.derive or table.amends else "is unknown"


def _months(count: int) -> str:
    return "1 month" if count == 1 else f"{count} months"


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def features() -> str:
    """Return the page of features: every group with the sentence, window, unit and tables of each of its features."""
    blocks = ["# Features", "One row per capital and origin. NaN where an input is unknown, never 0."]
    for group in groups():
        blocks += [
            f"## `{group.name}`",
            f"{group.label}. Tables: {', '.join(f'`{t}`' for t in group.tables) or 'none'}.",
        ]
        lines = [
            f"| `{f.name}` | {_cell(f.meaning)} | {f.window_months or ''} | {f.unit} | {MORE_MEANS[f.direction]} | {'yes' if f.fleeting else ''} |"
            for f in group.features.values()
        ]
        head = "| feature | meaning | months of its window | unit | more can only mean | fades with the horizon |"
        blocks.append("\n".join([head, "|---|---|---|---|---|---|", *lines]))
    return _page(blocks)


def layout() -> str:
    """Return the page of the layout: the rooms of each stage in the order of imports, and what each module is."""
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = {c["containers"][0]: c["layers"] for c in contracts if "containers" in c}
    blocks = [
        "# Layout",
        "Imports run one way between the stages, data → features → training → serving. Inside a stage a module may import what "
        "stands below it on this page, never what stands above; rooms on one line do not import each other where a line says so. "
        "import-linter holds both (`pyproject.toml`). A folder has at most about 15 modules; folders of a registry, where one module is "
        "one thing of a kind, may have more.",
    ]
    for stage in ("serving", "training", "features", "data"):
        blocks += [f"## {stage}/", _first_line(REPOSITORY / stage / "__init__.py")]
        for line in layers[stage]:
            for room in line.replace("|", ":").replace(" ", "").split(":"):
                blocks += _room(REPOSITORY / stage / room)
    return _page(blocks)


def _room(path: Path) -> list[str]:
    """Return the section of a package with its modules, or of a single module."""
    if not path.is_dir():
        return [f"`{_relative(path)}.py`: {_first_line(path.with_suffix('.py'))}"]
    modules = [p for p in sorted(path.glob("*.py")) if p.name != "__init__.py"]
    lines = [f"| `{p.stem}` | {_cell(_first_line(p))} |" for p in modules]
    table = ["\n".join(["| module | holds |", "|---|---|", *lines])] if lines else []
    inner = [block for p in sorted(path.iterdir()) if (p / "__init__.py").exists() for block in _room(p)]
    return [f"### {_relative(path)}/", _first_line(path / "__init__.py"), *table, *inner]


def _relative(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def _first_line(path: Path) -> str:
    return (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]


def _facts(facts: dict[str, str]) -> str:
    return "\n".join(["| | |", "|---|---|"] + [f"| {name} | {_cell(text)} |" for name, text in facts.items() if text])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _page(blocks: Iterable[str]) -> str:
    return "\n\n".join(block for block in blocks if block) + "\n"


MORE_MEANS = {RISING: "more risk", 0: "", FALLING: "less risk"}
PAGES: dict[str, Callable[[], str]] = {
    "commands": commands,
    "settings": settings,
    "http": http,
    "sources": source_pages,
    "tables": tables,
    "features": features,
    "layout": layout,
}
"""Page -> what writes it."""


def main() -> None:
    """Write every reference page."""
    FOLDER.mkdir(exist_ok=True)
    for name, write in PAGES.items():
        (FOLDER / f"{name}.md").write_text(write())


if __name__ == "__main__":
    main()

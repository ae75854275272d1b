"""A briefing as PDF: two A4 pages, text that can be selected, fonts inside the file."""

import io
from pathlib import Path
from typing import Any
from xml.sax import saxutils

import matplotlib as mpl
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Image, KeepInFrame, Paragraph, Spacer
from reportlab.platypus import Table as Grid

from data.files.atomic import atomic_write
from serving.briefing.blocks import Block, Brief, Bullets, Heading, Picture, Table, Text
from training.figures import palette

MARGIN, HEAD, FOOT = 18 * mm, 20 * mm, 20 * mm
WIDTH = A4[0] - 2 * MARGIN
INK, QUIET, RULE, ACCENT = (HexColor(c) for c in (palette.INK, palette.QUIET, palette.RULE, palette.ACCENT))
LEAST_SCALE = 0.75
"""Smallest scale at which a page is still readable."""
DPI = 220


def write_pdf(brief: Brief, path: Path) -> None:
    """Write both pages by an atomic write.

    Raises:
        ValueError: A page would have to be scaled below `LEAST_SCALE`.
    """
    _fonts()
    drawn = io.BytesIO()
    canvas = Canvas(drawn, pagesize=A4, invariant=True)
    canvas.setTitle(f"{brief.title}. {brief.subtitle}")
    canvas.setAuthor("Chokepoint")
    canvas.setSubject(brief.provenance)
    for number, blocks in enumerate(brief.pages, 1):
        _frame(canvas, brief, number)
        top = A4[1] - (MARGIN + HEAD if number == 1 else MARGIN + 8 * mm)
        height = top - MARGIN - FOOT
        page = KeepInFrame(WIDTH, height, [f for block in blocks for f in _flowables(block)], mode="shrink")
        _, used = page.wrapOn(canvas, WIDTH, height)
        scale = 1 / float(getattr(page, "_scale", 1.0) or 1.0)
        if scale < LEAST_SCALE:
            raise ValueError(f"page {number} of {path.name} would have to shrink to {100 * scale:.0f} %: shorten it")
        page.drawOn(canvas, MARGIN, top - used)
        canvas.showPage()
    canvas.save()
    atomic_write(path, lambda draft: draft.write_bytes(drawn.getvalue()))


def _fonts() -> None:
    """Register the family that comes with matplotlib: it has every letter our names need."""
    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    for name, file in {"Body": "DejaVuSans", "Body-Bold": "DejaVuSans-Bold", "Title": "DejaVuSerif-Bold"}.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / f"{file}.ttf")))


def _style(size: float, font: str = "Body", **more: Any) -> ParagraphStyle:
    return ParagraphStyle(f"{font}{size}", fontName=font, fontSize=size, leading=size * 1.38, textColor=INK, **more)


def _frame(canvas: Canvas, brief: Brief, number: int) -> None:
    """Draw the title, or on the second page a running one, and the foot with provenance and page number."""
    top = A4[1] - MARGIN
    if number == 1:
        canvas.setFillColor(ACCENT)
        canvas.rect(MARGIN, top + 4 * mm, WIDTH, 1.2 * mm, stroke=0, fill=1)
        title = Paragraph(escape(brief.title), _style(17, "Title"))
        _, high = title.wrapOn(canvas, WIDTH, HEAD)
        title.drawOn(canvas, MARGIN, top - high)
        canvas.setFillColor(QUIET)
        canvas.setFont("Body", 9.5)
        canvas.drawString(MARGIN, top - high - 5 * mm, brief.subtitle)
    else:
        canvas.setFillColor(QUIET)
        canvas.setFont("Body", 8)
        canvas.drawString(MARGIN, top, f"{brief.title}. {brief.subtitle}")
    canvas.setStrokeColor(RULE)
    canvas.line(MARGIN, MARGIN + FOOT - 4 * mm, A4[0] - MARGIN, MARGIN + FOOT - 4 * mm)
    foot = Paragraph(f"{escape(brief.provenance)}<br/>{escape(brief.licence)}", _style(6.3))
    _, high = foot.wrapOn(canvas, WIDTH - 22 * mm, FOOT)
    foot.drawOn(canvas, MARGIN, MARGIN + FOOT - 5.5 * mm - high)
    canvas.setFillColor(QUIET)
    canvas.setFont("Body", 7.5)
    canvas.drawRightString(A4[0] - MARGIN, MARGIN + FOOT - 8 * mm, f"Page {number} of 2")


def _flowables(block: Block) -> list[Flowable]:
    match block:
        case Heading(text):
            return [Paragraph(escape(text), _style(10.5, "Body-Bold", spaceBefore=7, spaceAfter=2.5))]
        case Text(text, weight):
            size = {"lead": 10.5, "plain": 8.4, "note": 7.2}[weight]
            paragraph = Paragraph(escape(text), _style(size, spaceAfter=4))
            paragraph.style.textColor = QUIET if weight == "note" else INK
            return [paragraph]
        case Bullets(items):
            style = _style(8.4, leftIndent=9, bulletIndent=1, spaceAfter=1.5)
            return [Paragraph(escape(item), style, bulletText="•") for item in items]
        case Table():
            return [_grid(block), Spacer(1, 4)]
        case Picture(figure, _):
            drawn = io.BytesIO()
            figure.savefig(drawn, format="png", dpi=DPI)
            drawn.seek(0)
            across, down = figure.get_size_inches()
            return [Image(drawn, WIDTH, WIDTH * down / across)]


def escape(text: str) -> str:
    """Escape text for a paragraph, with a no-break space before each percent sign."""
    return saxutils.escape(text).replace(" %", "\u00a0%")


def _grid(table: Table) -> Grid:
    plain, right, head = _style(8), _style(8, alignment=TA_RIGHT), _style(7.2, "Body-Bold")
    header_right = _style(7.2, "Body-Bold", alignment=TA_RIGHT)
    lines = [[Paragraph(escape(t), header_right if i in table.right else head) for i, t in enumerate(table.header)]]
    lines += [[Paragraph(escape(t), right if i in table.right else plain) for i, t in enumerate(r)] for r in table.rows]
    grid = Grid(lines, colWidths=[WIDTH * w for w in table.widths])
    grid.setStyle(
        [
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            *((side, (0, 0), (-1, -1), 1.8) for side in ("TOPPADDING", "BOTTOMPADDING")),
            *((side, (0, 0), (-1, -1), 2.5) for side in ("LEFTPADDING", "RIGHTPADDING")),
            *(("LEFTPADDING", (i + 1, 0), (i + 1, -1), 12) for i in table.right if i + 1 < len(table.header)),
        ]
    )
    return grid

"""Plain sentences parsed to changes of a scenario."""

import re

from pydantic import TypeAdapter, ValidationError

from serving.queries.errors import InvalidRequestError
from serving.schemas.scenario_changes import EXAMPLES, AnyChange, StructuredChange

_ADAPTER: TypeAdapter[AnyChange] = TypeAdapter(StructuredChange)
_NUMBER = r"[0-9]{1,7}(?:\.[0-9]{1,3})?"
_PATTERNS = {
    "corridor_attacks": (
        rf"attacks on the (?P<corridor>.{{1,80}}?) (?:corridor|road) ?[x×] ?(?P<factor>{_NUMBER})",
        r"(?P<events>[0-9]{1,5}) attacks on the (?P<corridor>.{1,80}?) (?:corridor|road)",
    ),
    "price": (rf"(?P<commodity>[a-z ]{{1,20}}?) ?(?P<percent>[+-] ?{_NUMBER}) ?%",),
    "fighting": (
        r"(?P<place>[a-z0-9 -]{1,30}?)(?: district| km)? fighting (?P<deaths>[0-9]{1,7}) deaths(?: (?P<events>[0-9]{1,5}) events)?",
    ),
    "coup": (r"coup(?P<attempt> attempt)?",),
}
_COMMODITIES = {"diesel": "fuel", "petrol": "fuel", "gasoline": "fuel", "fuel": "fuel"} | dict.fromkeys(
    ("food", "staple", "staples", "staple food"), "staple"
)


def parse_sentence(sentence: str, field: str) -> AnyChange:
    """Return the change that a plain sentence describes.

    Args:
        sentence: Sentence of one of the forms of EXAMPLES, in any case and spacing.
        field: Field of the request that the error names.

    Raises:
        InvalidRequestError: No form matches; the message lists EXAMPLES.
    """
    text = " ".join(sentence.split()).lower()
    for kind, patterns in _PATTERNS.items():
        for pattern in patterns:
            if match := re.fullmatch(pattern, text, re.ASCII if kind == "coup" else 0):
                try:
                    return _ADAPTER.validate_python(_values(kind, match.groupdict()), strict=False)
                except ValidationError:
                    break
    message = f"{sentence[:80]!r} is not understood; such sentences are: {'; '.join(EXAMPLES)}"
    raise InvalidRequestError(message, {field: "is not understood"})


def _values(kind: str, groups: dict[str, str | None]) -> dict[str, object]:
    values: dict[str, object] = {"kind": kind}
    if kind == "coup":
        return values | {"successful": groups["attempt"] is None}
    texts = {name: text for name, text in groups.items() if text is not None}
    if kind == "price":
        commodity = texts["commodity"]
        texts["commodity"] = _COMMODITIES.get(commodity, commodity)
        texts["percent"] = texts["percent"].replace(" ", "")
    return values | texts

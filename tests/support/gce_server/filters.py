"""The filter expressions that imgctl uses, and pages."""

import re

from errors import invalid

FORM = re.compile(r'(?P<field>[\w.-]+)(?: (?P<how>=|eq) "(?P<value>[^"]*)"|(?P<any>:\*))')


def matching(items, expression):
    if not expression:
        return items
    parsed = FORM.fullmatch(expression)
    if not parsed:
        raise invalid(f"Invalid value for field 'filter': '{expression}'")
    field, how, value = parsed["field"], parsed["how"], parsed["value"]

    def fits(item):
        found = item
        for name in field.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        if parsed["any"]:
            return found is not None
        # A regular expression must match the whole.
        return found == value if how == "=" else bool(re.fullmatch(value, found or ""))

    return [item for item in items if fits(item)]


def page(items, query, size=2):
    """Small pages, of which the first is empty and not the last."""
    if items and "pageToken" not in query:
        return [], "from-0"
    start = int(query.get("pageToken", "from-0").removeprefix("from-"))
    size = min(size, int(query.get("maxResults", size)))
    rest = items[start + size :]
    return items[start : start + size], f"from-{start + size}" if rest else None

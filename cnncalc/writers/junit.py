"""JUnit's XML, as Jenkins, GitLab and most other servers show it: a suite for each spec, a case for each check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.analysis.findings import Finding, Report, Suite, merged
from cnncalc.writers.findings import spot, told
from cnncalc.writers.text import clean

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NEVER = "1970-01-01T00:00:00"
"""Apache Ant's schema demands a time; one that is always the same says nothing and changes nothing."""


def suites(report: Report, root: str) -> str:
    """The document. It is valid by the schema of the Jenkins xUnit plugin and by that of Apache Ant's reports.

    The two differ in this: Ant's has one failure a case at most, no output of a case, and demands the attributes
    `package`, `id`, `timestamp`, `hostname` and `time`, and the elements `properties`, `system-out` and `system-err`;
    Jenkins has all of them too, so Ant's is followed. A case therefore has one failure, with all in it that makes the
    command fail; what does not, stands in the `system-out` of the suite.
    """
    from xml.etree.ElementTree import Element, indent, tostring

    root_element = Element("testsuites")
    root_element.extend(_suite(suite, number, report, root) for number, suite in enumerate(report.suites))
    indent(root_element)
    text = tostring(root_element, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(suite: Suite, number: int, report: Report, root: str) -> Element:
    from xml.etree.ElementTree import Element, SubElement

    name = _token(suite.spec)
    package = f"cnncalc.{report.tool}"
    errors = [[finding for finding in case.findings if report.breaks(finding)] for case in suite.cases]
    element = Element(
        "testsuite",
        name=name,
        package=package,
        id=str(number),
        tests=str(len(suite.cases)),
        failures=str(sum(map(bool, errors))),
        errors="0",
        time="0",
        timestamp=NEVER,
        hostname="localhost",
    )
    SubElement(element, "properties")
    for case, broken in zip(suite.cases, errors, strict=True):
        # The part before the last dot is taken for a package.
        classname = f"{package}.{name.replace('.', '_')}"
        test = SubElement(element, "testcase", {"name": _token(case.name), "classname": classname, "time": "0"})
        if broken:
            kinds = ", ".join(dict.fromkeys(finding.code for finding in broken))
            message = "\n".join("; ".join(told(finding, suite.spec, root)) for finding in merged(broken))
            failure = SubElement(test, "failure", {"type": clean(kinds), "message": message})
            failure.text = "\n\n".join(_text(finding, root) for finding in broken)
    SubElement(element, "system-out").text = "\n\n".join(
        f"case: {_token(case.name)}\n{_text(finding, root)}"
        for case in suite.cases
        for finding in case.findings
        if not report.breaks(finding)
    )
    SubElement(element, "system-err")
    return element


def _text(finding: Finding, root: str) -> str:
    """All that there is to say: the place as FILE:LINE, the layers, the limit and the fix, each on its line.

    A line that a spec began itself has a bar before it: in the log of a GitHub job it could be a command.
    """
    lines = [f"{finding.severity}: {finding.message}"]
    lines += [f"  --> {_where(finding.place, root)}"] if finding.place is not None else []
    lines += [f"  layers: {', '.join(finding.layers)}"] if finding.layers else []
    lines += [f"  limit: {_where(finding.limit, root)}"] if finding.limit is not None else []
    lines += [f"  help: {finding.help}"] if finding.help else []
    parts = (clean(line).replace("\n", "\n  | ").split("\n") for line in lines)
    return "\n".join(part.rstrip() for several in parts for part in several)


def _where(place: Any, root: str) -> str:
    inside = spot(place, root)
    return f"{inside.path if inside is not None else place.source.name}:{place.line}"


def _token(text: str) -> str:
    """A name on one line; Ant's schema has none that is empty."""
    return " ".join(clean(text).split()) or "-"

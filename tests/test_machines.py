"""What is written for machines: valid by the published schemas, and saying what was found when it is read back.

The readers here follow the publishers' documents, not the writers; for GitHub, what its runner does with a log.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import bidirectional, category
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import examples

from cnncalc import load
from cnncalc.analysis.findings import Case, Finding, Report, Rule, Suite, merged
from cnncalc.place import Place, Source
from cnncalc.writers.github import commands as to_github
from cnncalc.writers.gitlab import code_quality
from cnncalc.writers.junit import suites
from cnncalc.writers.sarif import log

WRITERS = {"github": to_github, "junit": suites, "sarif": log, "gitlab": code_quality}
SCHEMAS = Path(__file__).parent / "data" / "schemas"
ROOT = "/srv/repository"
SARIF = jsonschema.Draft7Validator(json.loads((SCHEMAS / "sarif-schema-2.1.0.json").read_text(encoding="utf-8")))
GITLAB = jsonschema.Draft7Validator(json.loads((SCHEMAS / "gitlab-code-quality.json").read_text(encoding="utf-8")))
JENKINS = xmlschema.XMLSchema(str(SCHEMAS / "junit-10.xsd"))
ANT = {
    "testsuite": {"package", "id", "name", "timestamp", "hostname", "tests", "failures", "errors", "time"},
    "testcase": {"name", "classname", "time"},
    "failure": {"type"},
}
"""The attributes that the schema of Apache Ant's reports demands of each element."""


# ----------------------------------------------------------------------------------------------- what is written of


def written(report: Report, format: str, root: str) -> str:
    """What is written of a report."""
    return WRITERS[format](report, root)


def at(
    path: str, line: int, column: int = 1, end_line: int | None = None, end_column: int = 99, name: str = ""
) -> Place:
    """A place in a file; a relative path is in the repository, '' is not a file."""
    whole = f"{ROOT}/{path}" if path and not path.startswith("/") else path
    return Place(Source(name or path or "a line", (), whole), line, column, end_line or line, end_column)


def report(*findings: Finding, spec: str = "net.yaml", rules: tuple[Rule, ...] = (), tool: str = "check") -> Report:
    """What a command found of one spec, each finding in a case of its own."""
    return Report(tool, (Suite(spec, tuple(Case(found.code, (found,)) for found in findings)),), rules, "1.2.3")


PLAIN = Finding("params", "error", "params are 140M, 2M over 138M", at("net.yaml", 3, 5, 3, 12))
EVIL = (
    "\n::set-env name=PATH::/tmp/evil",
    "\r::error::cr",
    "\r\n  ::add-mask::x",
    "\u2028::error::a\x85::error::b\x0b::error::c",
    "::stop-commands::x",
    "##[add-path]/tmp/evil",
    "a,line=9,title=b::c",
    "100% %0A%0D%3A%2C %25",
    "]]><!-- <&>\"' </failure>",
    "\x00\x07\x1b[31mred\x1b[0m\x9b",
    "{0} {{1}} [text](https://evil.example) \\",
    "ü 層 🧠 e\u0301 \u202etfel \u2066x\u2069",
    "\ud800\udc80\ufffe\uffff",
    "  blanks \t ",
    "`rm -rf` $(x) ${{ secrets.x }}",
)
"""What a name or a value of a spec may be made of by somebody who means harm."""

AWKWARD = Report(
    "lint",
    (
        Suite(
            "nets/a b.yaml width=0.5",
            (
                Case("holds"),
                *(
                    Case(
                        text,
                        (
                            Finding(f"L{number}", severity, text, place, (text, "conv1"), text, limit),
                            Finding(f"M{number}", "note", f"{text} again", place),
                        ),
                    )
                    for number, (text, severity, place, limit) in enumerate(
                        (text, severity, place, limit)
                        for text, severity in zip(EVIL, ["error", "warning", "note"] * 5, strict=True)
                        for place, limit in [
                            (at("nets/a b.yaml", 2, 3, 2, 9), at("budgets.yaml", 7, 1, 9, 1)),
                            (at("nets/ü,%\n層:#?.yaml", 1), None),
                            (at("/elsewhere/x.yaml", 4), at("../budgets.yaml", 1)),
                            (at("", 1), at("budgets.yaml", 1)),
                            (None, None),
                        ]
                    )
                ),
            ),
        ),
        Suite("8x8x3: conv3-8", (Case("none", (Finding("params", "error", "too many"),)),)),
        Suite("nothing", ()),
    ),
    (
        Rule("L0", "Rule-0", "says {0}", "warning", "docs/L0.md"),
        Rule("L1", "ü", "[a](b)", "note", "https://a.example/L1"),
    ),
    "\ud8001.0",
)


# ------------------------------------------------------------------------------------------------- readers of it


class Command(NamedTuple):
    """A workflow command: its name, its properties, its text."""

    name: str
    properties: dict[str, str]
    text: str


def commands(log: str) -> Iterator[Command]:
    """The workflow commands that GitHub's runner finds in a log, line by line."""
    for line in re.split(r"\r\n|\r|\n", log):
        trimmed = line.lstrip()
        if trimmed.startswith("::") and "::" in trimmed[2:]:
            head, _, text = trimmed[2:].partition("::")
            name, _, rest = head.partition(" ")
            pairs = (pair.partition("=") for pair in rest.strip().split(",") if pair)
            yield Command(name, {key: decoded(value, ":,") for key, _, value in pairs}, decoded(text, ""))


def decoded(text: str, more: str) -> str:
    for char in f"\r\n{more}":
        text = text.replace(f"%{ord(char):02X}", char)
    return text.replace("%25", "%")


def seen(text: str) -> str:
    """What is left to read of a text: what steers, breaks lines or has no place in XML shows as an escape."""
    return "".join(
        f"\\{'xu'[char > 'ÿ']}{ord(char):0{2 + 2 * (char > 'ÿ')}x}" if hidden(char) else char for char in text
    )


def hidden(char: str) -> bool:
    """Control characters but tabs and line ends, halves of characters, separators of lines, turns of direction."""
    turns = bidirectional(char) in ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI")
    return char not in "\t\n" and (category(char) in ("Cc", "Cs", "Zl", "Zp") or turns or char in "\ufffe\uffff")


def xml(text: str) -> ElementTree.Element:
    """The document, valid by the schema of Jenkins, and with what that of Apache Ant demands beyond."""
    JENKINS.validate(text)
    found = ElementTree.fromstring(text.encode())
    for element in found.iter():
        assert set(element.attrib) >= ANT.get(element.tag, set()), element.tag
        if element.tag == "testsuite":
            cases = ["testcase"] * int(element.attrib["tests"])
            assert [child.tag for child in element] == ["properties", *cases, "system-out", "system-err"]
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", element.attrib["timestamp"])
        elif element.tag == "testcase":
            assert [child.tag for child in element] in ([], ["failure"])
    return found


def sarif(text: str) -> dict[str, Any]:
    """The one run of the log, valid by the schema."""
    log = json.loads(text)
    SARIF.validate(log)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    return run


def gitlab(text: str) -> list[dict[str, Any]]:
    """The objects, valid by GitLab's table, no two with one fingerprint."""
    found = json.loads(text)
    GITLAB.validate(found)
    assert len({item["fingerprint"] for item in found}) == len(found)
    return found


def plain(message: dict[str, str]) -> str:
    """What a viewer shows of a SARIF message: braces stand doubled, and there are no placeholders and no links."""
    text = message["text"]
    assert "{" not in re.sub(r"\{\{", "", text)
    assert "}" not in re.sub(r"\}\}", "", text)
    assert not re.search(r"\[.*\]\(", text)
    return text.replace("{{", "{").replace("}}", "}")


def hold_in_every_format(found: Report) -> None:
    """Valid, said as it was found, and nothing that a spec says is a command in a log."""
    findings = [(suite.spec, finding) for suite in found.suites for finding in suite.findings]
    texts = {name: write(found, ROOT) for name, write in WRITERS.items()}
    for name, text in texts.items():
        assert text.encode("utf-8").decode("utf-8") == text
        assert text.endswith("\n") or (name == "github" and not findings)
        assert not [line for line in text.split("\n") if line != line.rstrip()]
        assert list(commands(text)) == [] or name == "github"
    _hold_github(texts["github"], findings, found.tool)
    _hold_junit(texts["junit"], found)
    _hold_sarif(texts["sarif"], findings, found)
    _hold_gitlab(texts["gitlab"], findings)


def _hold_github(text: str, findings: list[tuple[str, Finding]], tool: str) -> None:
    read = list(commands(text))
    assert len(read) == len(findings) == text.count("\n")
    for command, (spec, finding) in zip(read, findings, strict=True):
        assert command.name == {"note": "notice", "warning": "warning", "error": "error"}[finding.severity]
        assert command.properties["title"].rstrip() == f"cnncalc {tool}: {seen(finding.code)}".rstrip()
        assert set(command.properties) <= {"file", "line", "col", "endLine", "endColumn", "title"}
        _hold_words(command.text, finding)
        if "file" not in command.properties:
            assert list(command.properties) == ["title"]
            assert seen(spec) in command.text


def _hold_words(text: str, finding: Finding) -> None:
    for said in (finding.message or finding.code, finding.help, *finding.layers[:1]):
        assert seen(said).rstrip() in text


FAILING = {
    "error": ("error",),
    "warning": ("error", "warning"),
    "note": ("error", "warning", "note"),
    "never": (),
}
"""By the least severity at which a command fails: those at which it does."""


def _hold_junit(text: str, found: Report) -> None:
    suites = list(xml(text))
    assert [suite.get("name") for suite in suites] == [
        " ".join(seen(suite.spec).split()) or "-" for suite in found.suites
    ]
    assert [suite.get("id") for suite in suites] == [str(number) for number in range(len(suites))]
    for element, suite in zip(suites, found.suites, strict=True):
        cases = element.findall("testcase")
        assert element.get("tests") == str(len(cases)) == str(len(suite.cases))
        assert element.get("failures") == str(len(element.findall("testcase/failure")))
        other = element.findtext("system-out") or ""
        for test, case in zip(cases, suite.cases, strict=True):
            assert test.get("name") == (" ".join(seen(case.name).split()) or "-")
            errors = [finding for finding in case.findings if finding.severity in FAILING[found.fails]]
            assert len(test.findall("failure")) == bool(errors)
            for finding in case.findings:
                where = (test.findtext("failure") or "") if finding in errors else other
                # A line that the spec began itself stands after a bar; no line ends in blanks.
                where = re.sub(r"^  \|(?: |$)", "", where, flags=re.MULTILINE)
                for said in (finding.message, finding.help, *finding.layers):
                    assert re.sub(r"[^\S\n]+$", "", seen(said), flags=re.MULTILINE).rstrip() in where


def _hold_sarif(text: str, findings: list[tuple[str, Finding]], found: Report) -> None:
    run = sarif(text)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [seen(rule.code) for rule in found.rules]
    assert len(run["results"]) == len(findings)
    prints = set()
    for result, (_, finding) in zip(run["results"], findings, strict=True):
        assert (result["ruleId"], result["level"]) == (seen(finding.code), finding.severity)
        if "ruleIndex" in result:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        else:
            assert finding.code not in {rule.code for rule in found.rules}
        shown = plain(result["message"])
        for said in (finding.message, finding.help, *finding.layers[:1]):
            assert seen(said).replace("](", "] (") in shown
        (location,) = result["locations"]
        named = [place["fullyQualifiedName"] for place in location.get("logicalLocations", [])]
        assert named == list(dict.fromkeys(map(seen, finding.layers)))
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"(?!\.?/)([A-Za-z0-9_.~/-]|%[0-9A-F]{2})+", uri)
        prints |= set(result["partialFingerprints"].values())
    assert len(prints) == len(findings)


def _hold_gitlab(text: str, findings: list[tuple[str, Finding]]) -> None:
    objects = gitlab(text)
    assert len(objects) == len(findings)
    for item, (_, finding) in zip(objects, findings, strict=True):
        assert item["check_name"] == seen(finding.code)
        assert item["severity"] == {"note": "info", "warning": "minor", "error": "major"}[finding.severity]
        for said in (finding.message, finding.help, *finding.layers[:1]):
            assert seen(said) in item["description"]


# ----------------------------------------------------------------------------------------- all formats together


def test_awkward_names_and_places_in_every_format() -> None:
    hold_in_every_format(AWKWARD)


def test_nothing_found() -> None:
    nothing = Report("check", (Suite("net.yaml", (Case("params"), Case("macs"))),), (Rule("params", "P", "says"),))
    assert written(nothing, "github", ROOT) == ""
    assert written(nothing, "gitlab", ROOT) == "[]\n"
    assert sarif(written(nothing, "sarif", ROOT))["results"] == []
    (suite,) = xml(written(nothing, "junit", ROOT))
    assert (suite.get("tests"), suite.get("failures"), suite.findall("testcase/*")) == ("2", "0", [])
    hold_in_every_format(nothing)


def test_nothing_checked() -> None:
    hold_in_every_format(Report("check", (), ()))


@pytest.mark.parametrize("format", WRITERS)
def test_the_text_is_the_same_wherever_the_repository_stands(format: str, tmp_path: Path) -> None:
    here = Finding("L1", "error", "wide", at("nets/a.yaml", 2, name="a.yaml"), ("conv1",), "", at("budgets.yaml", 4))
    there = Finding(
        "L1",
        "error",
        "wide",
        at(f"{tmp_path}/nets/a.yaml", 2, name="a.yaml"),
        ("conv1",),
        "",
        at(f"{tmp_path}/budgets.yaml", 4, name="budgets.yaml"),
    )
    text = written(report(here), format, ROOT)
    assert text == written(report(there), format, str(tmp_path)) == written(report(here), format, ROOT)
    assert ROOT not in text


def test_a_repository_that_is_reached_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real" / "nets").mkdir(parents=True)
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    finding = Finding("L1", "error", "wide", at(f"{tmp_path}/real/nets/a.yaml", 2))
    (command,) = commands(written(report(finding), "github", str(tmp_path / "linked")))
    assert command.properties["file"] == "nets/a.yaml"


TEXTS = st.one_of(st.sampled_from(EVIL), st.text(st.characters(exclude_categories=()), max_size=20))
PATHS = st.sampled_from(["net.yaml", "nets/ü ,:%\n.yaml", "/elsewhere/net.yaml", "../net.yaml", "", "."])
NUMBERS = st.integers(-1, 9)
PLACES = st.none() | st.builds(at, PATHS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, TEXTS)
RULES = st.lists(
    st.builds(Rule, TEXTS, TEXTS, TEXTS, st.sampled_from(["note", "warning", "error"]), TEXTS),
    max_size=3,
    unique_by=lambda rule: rule.code,
)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Reports of any texts; no two findings have the same code, so that none go together."""
    count = iter(range(1000))
    findings = st.builds(
        lambda code, *rest: Finding(f"{code}{next(count)}", *rest),
        TEXTS,
        st.sampled_from(["note", "warning", "error"]),
        TEXTS,
        PLACES,
        st.lists(TEXTS, max_size=3).map(tuple),
        TEXTS,
        PLACES,
    )
    cases = st.builds(Case, TEXTS, st.lists(findings, max_size=3).map(tuple))
    suites = st.builds(Suite, TEXTS, st.lists(cases, max_size=3).map(tuple))
    fails = draw(st.sampled_from(sorted(FAILING)))
    return Report("check", tuple(draw(st.lists(suites, max_size=3))), tuple(draw(RULES)), draw(TEXTS), fails)


@given(reports())
@settings(max_examples=examples(100))
def test_any_texts_in_every_format(found: Report) -> None:
    hold_in_every_format(found)


# ------------------------------------------------------------------------------------------------------ GitHub


def github(*findings: Finding, spec: str = "net.yaml") -> str:
    return written(report(*findings, spec=spec), "github", ROOT)


def test_an_annotation_is_one_line() -> None:
    assert github(PLAIN) == (
        "::error file=net.yaml,line=3,col=5,endLine=3,endColumn=11,title=cnncalc check%3A params"
        "::params are 140M, 2M over 138M\n"
    )


@pytest.mark.parametrize(
    ("text", "data", "in_property"),
    [
        ("100%", "100%25", "100%25"),
        ("%0A", "%250A", "%250A"),
        ("a\nb", "a%0Ab", "a%0Ab"),
        ("a\r\nb", "a\\x0d%0Ab", "a\\x0d%0Ab"),
        ("a: b, c", "a: b, c", "a%3A b%2C c"),
        ("::error::x", "::error::x", "%3A%3Aerror%3A%3Ax"),
        ("ü=層", "ü=層", "ü=層"),
    ],
)
def test_what_is_encoded(text: str, data: str, in_property: str) -> None:
    (line,) = github(Finding(text, "note", text, PLAIN.place)).splitlines()
    assert line == (
        f"::notice file=net.yaml,line=3,col=5,endLine=3,endColumn=11,title=cnncalc check%3A {in_property}::{data}"
    )


@pytest.mark.parametrize(
    ("place", "properties"),
    [
        (at("net.yaml", 3, 5, 3, 12), {"file": "net.yaml", "line": "3", "col": "5", "endLine": "3", "endColumn": "11"}),
        (at("net.yaml", 3, 5, 3, 5), {"file": "net.yaml", "line": "3", "col": "5", "endLine": "3", "endColumn": "5"}),
        (at("net.yaml", 3, 5, 6, 2), {"file": "net.yaml", "line": "3", "endLine": "6"}),
        (at("net.yaml", 3, 5, 6, 1), {"file": "net.yaml", "line": "3", "endLine": "5"}),
        (at("net.yaml", 3, 5, 4, 1), {"file": "net.yaml", "line": "3", "endLine": "3"}),
        (at("net.yaml", 0, 0, 0, 0), {"file": "net.yaml", "line": "1", "col": "1", "endLine": "1", "endColumn": "1"}),
        (
            at("a,b:c/ü.yaml", 1, 1, 1, 3),
            {"file": "a,b:c/ü.yaml", "line": "1", "col": "1", "endLine": "1", "endColumn": "2"},
        ),
        (at("/elsewhere/net.yaml", 3), {}),
        (at("/srv/repository-2/net.yaml", 3), {}),
        (at("../net.yaml", 3), {}),
        (at(".", 3), {}),
        (at("", 3), {}),
        (None, {}),
    ],
)
def test_where_an_annotation_is_drawn(place: Place | None, properties: dict[str, str]) -> None:
    (command,) = commands(github(Finding("params", "error", "over", place)))
    assert command.properties == properties | {"title": "cnncalc check: params"}


def test_what_no_spec_of_the_repository_says_is_drawn_at_the_limit() -> None:
    limit = at("budgets.yaml", 4, 3, 4, 20)
    (command,) = commands(github(Finding("params", "error", "over", at("", 1), (), "", limit), spec="8x8x3: fc-9"))
    assert (command.properties["file"], command.properties["line"]) == ("budgets.yaml", "4")
    assert command.text == "8x8x3: fc-9: over"


@pytest.mark.parametrize(
    ("finding", "spec", "text"),
    [
        (Finding("L1", "error", "over", at("net.yaml", 3)), "net.yaml", "over"),
        (Finding("L1", "error", "over", at("net.yaml", 3)), "net.yaml width=2", "net.yaml width=2: over"),
        (Finding("L1", "error", "over", at("base.yaml", 3)), "net.yaml", "net.yaml: over"),
        (Finding("L1", "error", "net.yaml is over", None), "net.yaml", "net.yaml is over"),
        (Finding("L1", "error", "conv1 is over", at("net.yaml", 3), ("conv1",)), "net.yaml", "conv1 is over"),
        (Finding("L1", "error", "over", at("net.yaml", 3), ("conv1",)), "net.yaml", "over\nin conv1"),
        (
            Finding("L1", "error", "a is over", at("net.yaml", 3), ("a", "b", "c"), "less"),
            "net.yaml",
            "a is over\nin a and 2 more\nhelp: less",
        ),
    ],
)
def test_what_an_annotation_says(finding: Finding, spec: str, text: str) -> None:
    (command,) = commands(github(finding, spec=spec))
    assert command.text == text


def test_inherited_and_repeated_layers_are_drawn_where_they_are_written(tmp_path: Path) -> None:
    base = "input: 8x8x3\nlayers:\n  - layers:\n      - {conv: 8, kernel: 7}  # wide\n    repeat: 1\n  - ünd: 1\n"
    base = base.replace("ünd: 1", "{relu: , name: ünd}")
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "base.yaml").write_text(base, encoding="utf-8")
    (tmp_path / "nets" / "net.yaml").write_text("extends: base.yaml\ninput: 32x32x3\n", encoding="utf-8")
    network = load(tmp_path / "nets" / "net.yaml")
    findings = [
        Finding("L9", "warning", f"{layer.name} has kernel 7", layer.place, (layer.name,)) for layer in network.layers
    ]
    found = report(*findings, spec=str(tmp_path / "nets" / "net.yaml"))
    first, second = commands(written(found, "github", str(tmp_path)))
    for command, words in [(first, "{conv: 8, kernel: 7}"), (second, "{relu: , name: ünd}")]:
        assert command.properties["file"] == "nets/base.yaml"
        line = base.splitlines()[int(command.properties["line"]) - 1]
        assert line[int(command.properties["col"]) - 1 : int(command.properties["endColumn"])] == words


# ----------------------------------------------------------------------------------------- what goes together


LIMIT = at("budgets.yaml", 2)


def repeated(count: int, **changed: Any) -> list[Finding]:
    given = {"code": "macs", "severity": "error", "place": PLAIN.place, "limit": LIMIT} | changed
    return [
        Finding(message=f"stage2.{n}.conv1 has {231 + n}M", layers=(f"stage2.{n}.conv1",), **given)
        for n in range(count)
    ]


def test_a_repeated_layer_is_one_annotation_that_names_its_layers() -> None:
    (command,) = commands(github(*repeated(4)))
    assert command.text == "stage2.0.conv1 has 231M\nin stage2.0.conv1 and 3 more"
    (result,) = sarif(written(report(*repeated(4)), "sarif", ROOT))["results"]
    named = [place["fullyQualifiedName"] for place in result["locations"][0]["logicalLocations"]]
    assert named == ["stage2.0.conv1", "stage2.1.conv1", "stage2.2.conv1", "stage2.3.conv1"]
    assert len(gitlab(written(report(*repeated(4)), "gitlab", ROOT))) == 1
    found = Report("check", (Suite("net.yaml", (Case("macs", tuple(repeated(4))),)),), ())
    (failure,) = xml(written(found, "junit", ROOT)).iter("failure")
    assert failure.get("message") == "stage2.0.conv1 has 231M; in stage2.0.conv1 and 3 more"
    assert re.findall(r"^error: (.*)$", failure.text or "", re.MULTILINE) == [each.message for each in repeated(4)]


def test_findings_of_one_place_keep_their_order() -> None:
    other = Finding("params", "error", "over", PLAIN.place)
    first, *rest = repeated(2)
    assert [found.code for found in merged([first, other, *rest])] == ["macs", "params"]


@pytest.mark.parametrize(
    "changed",
    [
        {"code": "params"},
        {"severity": "warning"},
        {"place": at("net.yaml", 4)},
        {"limit": at("budgets.yaml", 3)},
        {"place": None},
    ],
    ids="".join,
)
def test_what_differs_stays_apart(changed: dict[str, Any]) -> None:
    assert len(merged([*repeated(1), *repeated(2, **changed)[1:]])) == 2


def test_layers_that_are_named_differently_go_together() -> None:
    sides = [Finding("L1", "error", f"{side} is wide", PLAIN.place, (side,)) for side in ("left.conv", "right.conv")]
    assert [found.layers for found in merged(sides)] == [("left.conv", "right.conv")]


def test_without_a_place_or_layers_or_with_other_words_findings_stay_apart() -> None:
    assert len(merged(repeated(3, place=None))) == 3
    totals = [Finding("params", "error", f"{n} over", PLAIN.place) for n in range(3)]
    assert merged([*totals, totals[0]]) == totals
    below = Finding("macs", "error", "stage2.0.conv1 lacks 3M", PLAIN.place, ("stage2.0.conv1",), "", LIMIT)
    assert len(merged([*repeated(2), below])) == 2


def test_specs_are_not_mixed() -> None:
    suites = tuple(Suite(spec, (Case("macs", tuple(repeated(2))),)) for spec in ("a.yaml", "b.yaml"))
    found = Report("check", suites, ())
    texts = [command.text.splitlines()[0] for command in commands(written(found, "github", ROOT))]
    assert texts == ["a.yaml: stage2.0.conv1 has 231M", "b.yaml: stage2.0.conv1 has 231M"]
    assert len(gitlab(written(found, "gitlab", ROOT))) == 2


# ------------------------------------------------------------------------------------------------------- JUnit


def test_a_failure_says_all_there_is_to_say() -> None:
    finding = Finding(
        "macs", "error", "conv1 has 9M", at("net.yaml", 3, 5), ("conv1", "conv2"), "less", at("budgets.yaml", 7)
    )
    (failure,) = xml(written(report(finding), "junit", ROOT)).iter("failure")
    assert failure.attrib == {"type": "macs", "message": "conv1 has 9M; in conv1 and 1 more; help: less"}
    assert failure.text == (
        "error: conv1 has 9M\n  --> net.yaml:3\n  layers: conv1, conv2\n  limit: budgets.yaml:7\n  help: less"
    )


@pytest.mark.parametrize(
    ("fails", "failing"),
    [("error", ["error"]), ("warning", ["error", "warning"]), ("note", ["error", "warning", "note"]), ("never", [])],
)
def test_a_failure_is_what_makes_the_command_fail(fails: str, failing: list[str]) -> None:
    cases = (Case(severity, (Finding("L1", severity, severity),)) for severity in ("error", "warning", "note"))
    found = Report("lint", (Suite("net.yaml", tuple(cases)),), (), fails=fails)
    (suite,) = xml(written(found, "junit", ROOT))
    failed = [case.get("name") for case in suite.findall("testcase") if case.find("failure") is not None]
    assert failed == failing
    assert suite.get("failures") == str(len(failing))


def test_what_is_less_than_a_failure_stands_in_the_output_of_the_suite() -> None:
    found = Report(
        "lint",
        (
            Suite(
                "net.yaml",
                (
                    Case("L1", (Finding("L1", "note", "odd"), Finding("L1", "warning", "odder"))),
                    Case("L2", (Finding("L2", "warning", "so so"), PLAIN, Finding("L3", "error", "bad"))),
                    Case("L3"),
                ),
            ),
        ),
        (),
    )
    (suite,) = xml(written(found, "junit", ROOT))
    assert [suite.get(key) for key in ("tests", "failures", "errors")] == ["3", "1", "0"]
    (failure,) = suite.iter("failure")
    assert failure.get("type") == "params, L3"
    assert failure.get("message") == "params are 140M, 2M over 138M\nnet.yaml: bad"
    assert failure.text == "error: params are 140M, 2M over 138M\n  --> net.yaml:3\n\nerror: bad"
    assert suite.findtext("system-out") == "case: L1\nnote: odd\n\ncase: L1\nwarning: odder\n\ncase: L2\nwarning: so so"


def test_a_document_to_read() -> None:
    found = Report("check", (Suite("nets/net.yaml", (Case("params", (PLAIN,)), Case("macs"))),), ())
    assert written(found, "junit", ROOT) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<testsuites>\n"
        '  <testsuite name="nets/net.yaml" package="cnncalc.check" id="0" tests="2" failures="1" errors="0" time="0"'
        ' timestamp="1970-01-01T00:00:00" hostname="localhost">\n'
        "    <properties />\n"
        '    <testcase name="params" classname="cnncalc.check.nets/net_yaml" time="0">\n'
        '      <failure type="params" message="nets/net.yaml: params are 140M, 2M over 138M">'
        "error: params are 140M, 2M over 138M\n"
        "  --&gt; net.yaml:3</failure>\n"
        "    </testcase>\n"
        '    <testcase name="macs" classname="cnncalc.check.nets/net_yaml" time="0" />\n'
        "    <system-out />\n"
        "    <system-err />\n"
        "  </testsuite>\n"
        "</testsuites>\n"
    )


# ------------------------------------------------------------------------------------------------------- SARIF


def result(finding: Finding, spec: str = "net.yaml") -> dict[str, Any]:
    (found,) = sarif(written(report(finding, spec=spec), "sarif", ROOT))["results"]
    return found


def test_the_run_says_who_ran_and_by_which_rules() -> None:
    rules = (
        Rule("L1", "wide-kernel", "a kernel above 5", "warning", "docs/rules/L1.md"),
        Rule("L2", "odd", "odd", "note", "https://a.example/L2"),
    )
    run = sarif(written(report(Finding("L2", "note", "odd"), rules=rules, tool="lint"), "sarif", ROOT))
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["automationDetails"] == {"id": "cnncalc-lint/"}
    assert run["tool"]["driver"] == {
        "name": "cnncalc",
        "version": "1.2.3",
        "rules": [
            {
                "id": "L1",
                "name": "wide-kernel",
                "shortDescription": {"text": "a kernel above 5"},
                "fullDescription": {"text": "a kernel above 5"},
                "help": {"text": "a kernel above 5\nsee docs/rules/L1.md"},
                "defaultConfiguration": {"level": "warning"},
            },
            {
                "id": "L2",
                "name": "odd",
                "shortDescription": {"text": "odd"},
                "fullDescription": {"text": "odd"},
                "help": {"text": "odd\nsee https://a.example/L2"},
                "defaultConfiguration": {"level": "note"},
                "helpUri": "https://a.example/L2",
            },
        ],
    }
    assert run["results"][0]["ruleIndex"] == 1


def test_a_place_is_a_region_of_a_file_below_the_root() -> None:
    limit = at("budgets.yaml", 7, 3, 9, 1)
    found = result(Finding("L1", "error", "wide", at("nets/ü #1%.yaml", 3, 5, 3, 12), ("conv1",), "", limit))
    (location,) = found["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "nets/%C3%BC%20%231%25.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 12},
    }
    assert unquote("nets/%C3%BC%20%231%25.yaml") == "nets/ü #1%.yaml"
    (related,) = found["relatedLocations"]
    assert related["physicalLocation"] == {
        "artifactLocation": {"uri": "budgets.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 7, "startColumn": 3, "endLine": 9, "endColumn": 1},
    }


def test_layers_that_look_alike_are_one_location() -> None:
    (location,) = result(Finding("L1", "error", "wide", None, ("a\x07", "a\\x07", "b")))["locations"]
    assert location["logicalLocations"] == [{"fullyQualifiedName": "a\\x07"}, {"fullyQualifiedName": "b"}]


def test_the_log_does_not_say_where_the_root_is() -> None:
    run = sarif(written(report(PLAIN), "sarif", ROOT))
    assert "uri" not in run["originalUriBaseIds"]["%SRCROOT%"]


@pytest.mark.parametrize("place", [None, at("", 1), at("/elsewhere/net.yaml", 2)])
def test_what_no_file_says_has_the_name_of_its_spec_for_one(place: Place | None) -> None:
    (location,) = result(Finding("L1", "error", "wide", place), "8x8x3: conv3-8")["locations"]
    assert location == {"physicalLocation": {"artifactLocation": {"uri": "8x8x3%3A%20conv3-8"}}}


def test_a_fingerprint_stays_when_lines_and_values_change_and_differs_where_it_matters() -> None:
    def fingerprint(finding: Finding, spec: str = "net.yaml") -> str:
        return str(result(finding, spec)["partialFingerprints"]["cnncalc/v1"])

    first = fingerprint(Finding("L1", "error", "9 wide", at("net.yaml", 3), ("conv1",)))
    assert re.fullmatch(r"[0-9a-f]{64}", first)
    assert first == fingerprint(Finding("L1", "warning", "8 wide", at("net.yaml", 30), ("conv1",), "help"))
    others = [
        fingerprint(Finding("L2", "error", "9 wide", at("net.yaml", 3), ("conv1",))),
        fingerprint(Finding("L1", "error", "9 wide", at("net.yaml", 3), ("conv2",))),
        fingerprint(Finding("L1", "error", "9 wide", at("net.yaml", 3), ("conv1", "conv2"))),
        fingerprint(Finding("L1", "error", "9 wide", at("net.yaml", 3), ("conv1",)), "b.yaml"),
    ]
    assert len({first, *others}) == 5


def test_names_that_run_together_have_different_fingerprints() -> None:
    together: list[tuple[str, ...]] = [("a", "b"), ("ab",), ("a,b",), ("a b",), ("a\nb",), ("a\0b",), ('a", "b',)]
    prints = [result(Finding("L1", "error", "x", None, layers))["partialFingerprints"] for layers in together]
    assert len({found["cnncalc/v1"] for found in prints}) == len(together)


def test_braces_are_no_placeholders_and_brackets_no_links() -> None:
    found = result(Finding("L1", "error", "{conv: 3} [3, 3](x) {0}", PLAIN.place))
    assert found["message"]["text"] == "{{conv: 3}} [3, 3] (x) {{0}}"


# ------------------------------------------------------------------------------------------------------ GitLab


def test_an_object_for_gitlab() -> None:
    finding = Finding("params", "error", "params are 140M", PLAIN.place, ("conv1",), "use fewer filters")
    (item,) = gitlab(written(report(finding), "gitlab", ROOT))
    assert len(item.pop("fingerprint")) == 64
    assert item == {
        "description": "params are 140M; in conv1; help: use fewer filters",
        "check_name": "params",
        "severity": "major",
        "location": {"path": "net.yaml", "lines": {"begin": 3}},
    }


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ("vgg16", "vgg16"),
        ("./nets/a.yaml", "nets/a.yaml"),
        (".//./nets/a.yaml", "nets/a.yaml"),
        ("/abs/a.yaml", "abs/a.yaml"),
        (".hidden.yaml", ".hidden.yaml"),
        ("8x8x3: conv3-8", "8x8x3: conv3-8"),
        ("./", "spec"),
        ("", "spec"),
    ],
)
def test_what_no_file_says_stands_in_line_1_of_its_spec(spec: str, path: str) -> None:
    (item,) = gitlab(written(report(Finding("L1", "note", "odd"), spec=spec), "gitlab", ROOT))
    assert item["location"] == {"path": path, "lines": {"begin": 1}}


def test_the_same_twice_has_two_fingerprints() -> None:
    twice = [Finding("params", "error", f"{n} over", PLAIN.place) for n in range(3)]
    assert len(gitlab(written(report(*twice), "gitlab", ROOT))) == 3


# ------------------------------------------------------------------------------------- that these tests can fail


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"level": "error"', '"level": "fatal"'),
        ('"startLine": 3', '"startLine": 0'),
        ('"columnKind"', '"columnSort"'),
        ('"text": "params', '"words": "params'),
        ('"net.yaml"', '"net ü.yaml"'),
    ],
)
def test_a_log_that_is_wrong_is_not_let_through(old: str, new: str) -> None:
    text = written(report(PLAIN), "sarif", ROOT)
    assert old in text
    with pytest.raises((jsonschema.ValidationError, AssertionError)):
        _hold_sarif(text.replace(old, new), [("net.yaml", PLAIN)], report(PLAIN))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"major"', '"error"'),
        ('"begin": 3', '"begin": 0'),
        ('"begin": 3', '"begin": "3"'),
        ('"path": "', '"path": "./'),
        ('"path": "', '"path": "/'),
        ('"check_name"', '"name"'),
        ('"fingerprint"', '"finger"'),
    ],
)
def test_a_code_quality_report_that_is_wrong_is_not_let_through(old: str, new: str) -> None:
    text = written(report(PLAIN), "gitlab", ROOT)
    assert old in text
    with pytest.raises(jsonschema.ValidationError):
        gitlab(text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (' tests="1"', ""),
        (' timestamp="1970-01-01T00:00:00"', ' timestamp="1970"'),
        (' hostname="localhost"', ""),
        (' time="0"', ' time="soon"'),
        ("<system-out />", ""),
        ("<properties />", ""),
        ('<failure type="params"', "<failure"),
        ("</failure>", "</failure><failure type='twice'/>"),
        ("failure", "fault"),
        ("<testsuites>", '<testsuites when="now">'),
    ],
)
def test_a_junit_document_that_is_wrong_is_not_let_through(old: str, new: str) -> None:
    text = written(report(PLAIN), "junit", ROOT)
    assert old in text
    with pytest.raises((xmlschema.XMLSchemaValidationError, AssertionError, KeyError)):
        xml(text.replace(old, new))


def test_the_reader_of_commands_finds_one_that_got_out() -> None:
    log = "x\n  ::error file=a%2Cb,line=3::100%25%0Ay\r::set-env name=A::b\nz ::error::no"
    assert list(commands(log)) == [
        Command("error", {"file": "a,b", "line": "3"}, "100%\ny"),
        Command("set-env", {"name": "A"}, "b"),
    ]

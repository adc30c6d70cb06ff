"""A block that no item names.

It is checked as the others are, and counts nothing. Mostly its last use went with a change, or a word in `layers` names
another block. A block that is named where `when` leaves it out is not meant, and neither is one that is inherited.
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.analysis.rules.base import Remark, View, rule


@rule(
    code="CNN404",
    severity="warning",
    source="the definition: the network is the same without it",
    example="""
input: 56x56x64
blocks:
  unit: {parameters: {width: }, layers: [conv3-width, relu]}
  old_unit: {parameters: {width: }, layers: [conv5-width, relu]}
layers: [unit-64]
""",
    instead="""
input: 56x56x64
blocks:
  unit: {parameters: {width: }, layers: [conv3-width, relu]}
layers: [unit-64]
""",
)
def unused_block(view: View) -> Iterator[Remark]:
    for name, place in view.network.unused.items():
        yield Remark(None, f"no item uses the block `{name}`", "use it, or take it out", place=place, name=name)

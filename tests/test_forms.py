"""The forms of structure: turns side by side, `*`, paths of names, types as parameters, `split`, `include`, branches.

What a form means is said by the same network in chains and lists written out: the same layers in the same order, with
the same connections, counts and receptive fields. Numbers are the arithmetic that gives them.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import jsonschema
import pytest
import yaml

import cnncalc
from cnncalc import Network, SpecError
from cnncalc.analysis.rules import words
from cnncalc.language import expand
from cnncalc.language.schema import schema
from cnncalc.sources.find import built_in_names

VALIDATOR = jsonschema.Draft202012Validator(schema(words()))


def net(*items: str, input: str = "8x8x4", head: str = "", **options: Any) -> Network:
    """The network of items, each written as YAML on one line. What is read, the JSON Schema accepts."""
    text = f"{dedent(head)}\ninput: {input}\nlayers:\n" + "".join(f"  - {item}\n" for item in items)
    network = cnncalc.load(text, **options)
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(text))] == []
    return network


def refused(*items: str, **options: Any) -> str:
    """The whole report of the error that these items must be."""
    with pytest.raises(SpecError) as caught:
        net(*items, **options)
    assert len(caught.value.problems) == 1, f"one slip is one message: {caught.value}"
    return str(caught.value)


def inputs(network: Network) -> dict[str, tuple[str, ...]]:
    """Every layer with what it takes."""
    return {layer.name: layer.inputs for layer in network.layers}


def shape(network: Network) -> list[Any]:
    """A network without its names: of each layer what it is, where what it takes was made, and what it counts."""
    place = {name: number for number, name in enumerate([*network.inputs, *(layer.name for layer in network.layers)])}
    return [
        (
            layer.type,
            [place[name] for name in layer.inputs],
            tuple(layer.output),
            (layer.weights, layer.biases, layer.buffers, layer.macs, layer.flops, layer.activations),
            layer.seen,
            layer.frozen,
            place.get(layer.share),
        )
        for layer in network.layers
    ]


def same(new: Network, old: Network) -> None:
    """Are these the same network under other names?"""
    assert [part[:3] for part in shape(new)] == [part[:3] for part in shape(old)]
    assert [part[3:4] + part[5:] for part in shape(new)] == [part[3:4] + part[5:] for part in shape(old)]
    assert [layer.receptive_field for layer in new.layers] == [layer.receptive_field for layer in old.layers]


def warnings(network: Network) -> list[str]:
    return list(network.warnings)


CONV3 = 3 * 3 * 4 * 4
"""The weights of a 3×3 convolution from 4 channels to 4."""

# --- 1. side by side --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("merge", ["add", "concat", "multiply"])
@pytest.mark.parametrize("count", [2, 3, 5])
def test_merge_on_repeat_is_a_list_of_branches(merge: str, count: int) -> None:
    new = net(f"{{repeat: {count}, merge: {merge}, layers: [conv3-4, batchnorm]}}")
    same(new, net(f"{{branches: [{', '.join(['[conv3-4, batchnorm]'] * count)}], merge: {merge}}}"))
    assert new.totals.weights == count * (CONV3 + 4)  # a batchnorm scales each channel
    assert tuple(new.layers[-1].output) == (8, 8, 4 * count if merge == "concat" else 4)


def test_merge_on_each_is_a_list_of_branches() -> None:
    new = net(
        "{each: {r: [2, 4], k: [3, 1]}, merge: concat, layers: [{conv: 4, kernel: k, dilation: r, padding: half}]}"
    )
    branches = [f"{{conv: 4, kernel: {k}, dilation: {rate}, padding: half}}" for rate, k in ((2, 3), (4, 1))]
    same(new, net(f"{{branches: [{', '.join(branches)}]}}"))


def test_without_merge_repetitions_stay_a_chain() -> None:
    assert inputs(net("{repeat: 2, layers: [conv3-4]}")) == {"conv1": ("input",), "conv2": ("conv1",)}
    chain = net("{each: {w: [4, 4]}, layers: [conv3-w]}")
    assert inputs(chain) == {"conv1": ("input",), "conv2": ("conv1",)}


def test_repeat_on_branches_and_on_a_merged_each_is_a_chain_of_merged_things() -> None:
    assert inputs(net("{branches: [conv1-4, conv1-4], merge: add, repeat: 2}")) == {
        "conv1": ("input",),
        "conv2": ("input",),
        "add1": ("conv1", "conv2"),
        "conv3": ("add1",),
        "conv4": ("add1",),
        "add2": ("conv3", "conv4"),
    }
    each = net("{each: {w: [4, 4]}, merge: add, layers: [conv1-w], repeat: 2}")
    same(each, net("{branches: [conv1-4, conv1-4], merge: add, repeat: 2}"))


def test_turns_take_the_one_layer_that_from_names() -> None:
    new = net("{conv: 4, kernel: 1, name: a}", "relu", "{repeat: 2, merge: add, from: a, layers: [conv3-4]}")
    assert [layer.inputs for layer in new.layers if layer.type == "conv"][1:] == [("a",), ("a",)]
    report = refused("{conv: 4, kernel: 1, name: a}", "{repeat: 2, merge: add, from: [input, a], layers: [conv3-4]}")
    assert "layers takes one input, and `from` names 2" in report


@pytest.mark.parametrize(
    "group",
    [
        "{repeat: 2, merge: concat, layers: [conv3-4]}",
        "{each: {w: [4, 4]}, merge: concat, layers: [conv3-w]}",
    ],
)
def test_in_a_list_merged_by_the_same_type_its_turns_are_branches_of_that_list(group: str) -> None:
    joined = net(f"{{branches: [conv1-4, {group}, {{maxpool: 3, stride: 1, padding: 1}}]}}")
    same(joined, net("{branches: [conv1-4, conv3-4, conv3-4, {maxpool: 3, stride: 1, padding: 1}]}"))
    assert [layer.type for layer in joined.layers].count("concat") == 1
    own = net(f"{{branches: [conv1-4, [{group}], {{maxpool: 3, stride: 1, padding: 1}}]}}")
    same(own, net("{branches: [conv1-4, [{branches: [conv3-4, conv3-4]}], {maxpool: 3, stride: 1, padding: 1}]}"))
    other = net(f"{{branches: [conv1-8, {group}], merge: add}}")
    same(other, net("{branches: [conv1-8, [{branches: [conv3-4, conv3-4]}]], merge: add}"))


def test_merge_is_a_type_or_that_type_with_its_fields() -> None:
    same(net("{repeat: 2, merge: {add: }, layers: [conv3-4]}"), net("{repeat: 2, merge: add, layers: [conv3-4]}"))
    assert "concat has no field `alonk`" in refused("{repeat: 2, merge: {concat: , alonk: 1}, layers: [conv3-4]}")
    assert "takes the branches and not a list" in refused("{repeat: 2, merge: {add: [a, b]}, layers: [conv3-4]}")


def test_names_are_those_of_a_repetition() -> None:
    bare = net("conv3-4", "{repeat: 2, merge: add, layers: [conv3-4]}", "conv3-4")
    assert [*inputs(bare)] == ["conv1", "conv2", "conv3", "add1", "conv4"]
    named = net("{repeat: 2, merge: add, name: p, layers: [conv3-4, relu]}")
    assert [*inputs(named)] == ["p.1.conv1", "p.1.relu1", "p.2.conv1", "p.2.relu1", "p.add1"]


@pytest.mark.parametrize(
    ("reference", "ends"),
    [
        ("p", ["p.add1"]),
        ("p.2", ["p.2.relu1"]),
        ("p.*", ["p.1.relu1", "p.2.relu1", "p.3.relu1"]),
        ("p.add1", ["p.add1"]),
        ("p.*.conv1", ["p.1.conv1", "p.2.conv1", "p.3.conv1"]),
    ],
)
def test_a_named_group_is_its_merged_volume_its_numbers_are_the_ends_of_turns(reference: str, ends: list[str]) -> None:
    group = "{repeat: 3, merge: add, name: p, layers: [conv3-4, relu]}"
    assert net(group, head=f"outputs: ['{reference}']").outputs == tuple(ends)


def test_joined_to_a_list_around_it_a_group_is_its_last_turn() -> None:
    joined = net(
        "{branches: [conv1-4, {repeat: 2, merge: concat, name: p, layers: [conv3-4]}]}", head="outputs: [p, p.*]"
    )
    assert joined.outputs == ("p.2.conv1", "p.1.conv1", "p.2.conv1")


def test_one_turn_needs_no_merge_and_none_leaves_the_item_out() -> None:
    assert inputs(net("{repeat: 1, merge: add, layers: [conv3-4]}", "relu")) == {
        "conv1": ("input",),
        "relu1": ("conv1",),
    }
    for nothing in ("{repeat: 0, merge: add, layers: [conv3-4]}", "{each: {w: []}, merge: add, layers: [conv3-w]}"):
        assert inputs(net(nothing, "relu")) == {"relu1": ("input",)}
        assert inputs(net(f"{{branches: [conv1-4, {nothing}, conv1-4]}}")) == {
            "conv1": ("input",),
            "conv2": ("input",),
            "concat1": ("conv1", "conv2"),
        }
        assert inputs(net(f"{{residual: [conv1-4, {nothing}]}}")) == {"conv1": ("input",), "add1": ("conv1", "input")}


def test_index_is_that_of_the_turn_and_when_is_of_the_whole_item() -> None:
    new = net("{repeat: 3, merge: concat, layers: [{conv: index + 1, kernel: 1}]}")
    assert [tuple(layer.output)[-1] for layer in new.layers] == [1, 2, 3, 1 + 2 + 3]
    assert inputs(net("{repeat: 2, merge: add, when: false, layers: [conv3-4]}", "relu")) == {"relu1": ("input",)}
    assert "when: nothing in scope is called `index`" in refused(
        "{repeat: 2, merge: add, when: index > 0, layers: [relu]}"
    )


def test_share_and_frozen_are_as_on_a_group() -> None:
    twins = net(
        "{repeat: 2, merge: add, name: p, layers: [conv3-4]}",
        "{repeat: 2, merge: add, name: q, share: p, from: input, layers: [conv3-4]}",
    )
    assert twins.totals.weights == 2 * CONV3
    assert [layer.share for layer in twins.layers] == ["", "", "", "p.1.conv1", "p.2.conv1", "p.add1"]
    frozen = net("{repeat: 2, merge: add, frozen: true, layers: [conv3-4]}")
    assert (frozen.totals.weights, frozen.totals.buffers) == (0, 2 * (CONV3 + 4))


def test_groups_side_by_side_nest() -> None:
    new = net("{repeat: 2, merge: concat, layers: [{repeat: 3, merge: add, layers: [conv3-4]}]}")
    inner = "[{branches: [conv3-4, conv3-4, conv3-4], merge: add}]"
    same(new, net(f"{{branches: [{inner}, {inner}]}}"))


@pytest.mark.parametrize("count", [0, 1, 2])
@pytest.mark.parametrize(
    "place", ["{}", "{{residual: {}}}", "{{name: g, layers: [{}]}}", "b", "{{repeat: 2, layers: [{}]}}"]
)
def test_however_many_turns_stand_wherever_an_item_does(count: int, place: str) -> None:
    turns = ["{layers: []}", "conv3-4", "{branches: [conv3-4, conv3-4], merge: add}"]
    head = "blocks: {{b: {{layers: [{}]}}}}"
    new = f"{{repeat: {count}, merge: add, layers: [conv3-4]}}"
    same(
        net(place.format(new), "relu", head=head.format(new)),
        net(place.format(turns[count]), "relu", head=head.format(turns[count])),
    )


MERGE_SUCH = "such as `{layers: [conv3-64], repeat: 4, merge: add}`"


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("{branches: {repeat: 4, layers: [conv3-4]}}", "write `each` or `repeat`, `layers` and `merge`"),
        ("{branches: {each: {w: [1, 2]}, layers: [conv3-w]}}", "write `each` or `repeat`, `layers` and `merge`"),
        ("{branches: [{each: {w: [1, 2]}, layers: [conv3-w]}]}", "write `each` or `repeat`, `layers` and `merge`"),
        ("{branches: [conv3-4]}", "`branches` is a list of two branches or more"),
        ("{branches: []}", "`branches` is a list of two branches or more"),
        ("{conv: 64, kernel: 3, repeat: 4, merge: add}", MERGE_SUCH),
        ("{merge: add, layers: [conv3-4]}", MERGE_SUCH),
        ("{merge: add, repeat: 4}", MERGE_SUCH),
        ("{repeat: 2, merge: , layers: [conv3-4]}", "merge: empty is not a merging layer"),
        ("{repeat: 2, merge: conv, layers: [conv3-4]}", "merge: `conv` is not a merging layer"),
        ("{repeat: 2, merge: matmul, layers: [conv3-4]}", "matmul takes two volumes"),
        ("{repeat: 1, merge: add, layers: [conb3-4]}", "there is no layer type `conb3-4`"),
        ("{repeat: 2.5, merge: add, layers: [conv3-4]}", "repeat must be a whole number"),
    ],
)
def test_what_merge_does_not_go_with(item: str, message: str) -> None:
    assert message in refused(item, "relu")


# --- 2. every number --------------------------------------------------------------------------------------------------

CHAIN = "{conv: 4, kernel: 3, padding: half, repeat: 5, name: y}"
ALL = ["y.1", "y.2", "y.3", "y.4", "y.5"]


def test_a_star_stands_for_every_number_smallest_first() -> None:
    new = net(CHAIN, "{concat: [input, y.*]}")
    same(new, net(CHAIN, f"{{concat: [input, {', '.join(ALL)}]}}"))
    assert tuple(new.layers[-1].output) == (8, 8, 4 + 5 * 4)
    many = net("{conv: 4, kernel: 1, repeat: 11, name: y}", head="outputs: y.*")
    assert many.outputs == tuple(f"y.{number}" for number in range(1, 12))  # 10 after 9, and not after 1


@pytest.mark.parametrize(
    "item", ["{concat: [y.*]}", "{concat: y.*}", "{concat: , from: [y.*]}", "{concat: , from: y.*}"]
)
def test_it_stands_in_lists_and_in_from_of_merging_layers(item: str) -> None:
    assert net(CHAIN, item).layers[-1].inputs == tuple(ALL)


def test_it_stands_for_digits_only() -> None:
    items = [f"{{conv: 4, kernel: 1, name: {name}}}" for name in ("p4", "p3", "p10", "p3x", "px")]
    assert net(*items, "maxpool2", head="outputs: p*").outputs == ("p3", "p4", "p10")
    assert net(*items, head="outputs: [p*x]").outputs == ("p3x",)


def test_it_finds_inputs_of_the_network_too() -> None:
    frames = "{frame1: 8x8x4, frame2: 8x8x4}"
    new = net("{add: [frame*]}", "{conv: 4, kernel: 1, name: frame3}", "{concat: [frame*]}", input=frames)
    assert [layer.inputs for layer in new.layers if layer.type != "conv"] == [
        ("frame1", "frame2"),
        ("frame1", "frame2", "frame3"),
    ]


def test_several_stars_count_the_first_first() -> None:
    grid = "{repeat: 2, name: g, layers: [{conv: 4, kernel: 1, repeat: 2, name: t}]}"
    assert net(grid, head="outputs: g.*.t.*").outputs == ("g.1.t.1", "g.1.t.2", "g.2.t.1", "g.2.t.2")
    assert net(grid, head="outputs: [g.*.t.2, g.1.t.*]").outputs == ("g.1.t.2", "g.2.t.2", "g.1.t.1", "g.1.t.2")


def test_it_looks_in_the_nearest_scope_that_has_a_match() -> None:
    new = net("conv1-4", "{name: g, layers: [conv1-4, conv1-4, {concat: [conv*]}, {add: [input, input]}]}")
    assert inputs(new)["g.concat1"] == ("g.conv1", "g.conv2")
    outer = net("conv1-4", "conv1-4", "{name: g, layers: [relu, {concat: [conv*]}]}")
    assert inputs(outer)["g.concat1"] == ("conv1", "conv2")


def test_braces_come_first() -> None:
    tap = "{each: {i: [0, 1]}, layers: [{name: 'cell{i}', layers: [{conv: 4, kernel: 1, repeat: 2, name: tap}]}]}"
    join = "{repeat: 2, layers: [{concat: 'cell{index}.tap.*'}]}"
    assert [layer.inputs for layer in net(tap, join).layers[-2:]] == [
        ("cell0.tap.1", "cell0.tap.2"),
        ("cell1.tap.1", "cell1.tap.2"),
    ]


def test_what_when_leaves_out_has_no_number() -> None:
    odd = "{conv: 4, kernel: 1, repeat: 4, name: y, when: index != 1}"
    assert net(odd, head="outputs: y.*").outputs == ("y.1", "y.3", "y.4")


def test_what_is_written_no_time_gives_nothing_and_what_nobody_named_is_an_error() -> None:
    none = "{conv: 4, kernel: 1, repeat: 0, name: y}"
    assert net(none, "{conv: 4, kernel: 1, name: z}", "{concat: [input, z, y.*]}").layers[-1].inputs == ("input", "z")
    assert "no layer before this one is called `x.*`" in refused(none, "{concat: [input, x.*]}")
    assert "`y.*` names no layer" in refused(none, "{concat: [y.*]}")


def test_a_list_with_a_star_that_comes_to_one_layer_passes_it_on() -> None:
    one = net(
        "{conv: 4, kernel: 1, repeat: 1, name: y}", "{concat: [y.*], name: all}", "{conv: 2, kernel: 1, from: all}"
    )
    assert inputs(one) == {"y.1": ("input",), "conv1": ("y.1",)}
    assert "concat takes at least two inputs" in refused("{conv: 4, kernel: 1, name: y}", "{concat: [y]}")


def test_y_alone_stays_the_last_one() -> None:
    assert net(CHAIN, "{concat: [input, y]}").layers[-1].inputs == ("input", "y.5")


@pytest.mark.parametrize(
    ("item", "message", "way_out"),
    [
        ("{conv: 4, kernel: 1, from: y.*}", "conv takes one input, and `y.*` names 5", "merge them first"),
        ("{conv: 4, kernel: 1, from: [y.1, y.2]}", "conv takes one input, and `from` names 2", "merge them first"),
        ("{conv: 4, kernel: 3, padding: half, share: y.*}", "`y.*` names 5 layers, and one is wanted", "name one"),
        ("{concat: ['*']}", "a reference cannot begin with `*`", "write the name first"),
        ("{concat: ['*.y']}", "a reference cannot begin with `*`", "write the name first"),
        ("{concat: [y*, input]}", "`y*` names no layer: a `*` stands for a number", "write `y.*`"),
        ("{concat: [y.**, input]}", "`y.**` names no layer: a `*` stands for a number", "write `y.*`"),
        ("{concat: [y.1.*, input]}", "`y.1.*` names no layer: a `*` stands for a number", "write `y.1`"),
        ("{concat: []}", "the list names no layer", "nothing is left to merge"),
    ],
)
def test_where_a_star_cannot_stand(item: str, message: str, way_out: str) -> None:
    report = refused(CHAIN, item)
    assert message in report
    assert way_out in report


def test_an_alias_of_yaml_is_told_from_a_star() -> None:
    with pytest.raises(SpecError, match=r"YAML reads `\*y` as an alias, and every number of a name is `y\.\*`"):
        cnncalc.load("input: 8x8x4\nlayers: [{conv: 4, kernel: 1, repeat: 2, name: y}, {concat: [*y]}]\n")


def test_an_input_of_a_merging_layer_counts_as_something_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few lines would otherwise ask for millions of connections."""
    monkeypatch.setattr(expand, "MOST_STEPS", 20_000)
    with pytest.raises(SpecError, match="expands to more than 20,000 items, and inputs of what takes several"):
        net("{repeat: 5000, layers: [{conv: 1, kernel: 1, name: y}, {concat: [input, y.*]}]}", input="1x1x1")


MEET = """\
blocks:
  meet:
    inputs: [x, others.*]
    parameters: {width: , found: len(others)}
    layers: [{concat: [x, others.*]}, {conv: width + found, kernel: 1}]
"""


@pytest.mark.parametrize("rest", [0, 1, 2, 3])
def test_the_last_input_of_a_block_takes_what_is_left(rest: int) -> None:
    chain = "{conv: 4, kernel: 1, repeat: 3, name: y}"
    listed = ", ".join(["input", *(f"y.{number}" for number in range(1, rest + 1))])
    new = net(chain, f"{{meet: 2, from: [{listed}]}}", head=MEET)
    last = new.layers[-1]
    assert tuple(last.output)[-1] == 2 + rest
    assert last.weights == (4 + 4 * rest) * (2 + rest)
    assert [layer.type for layer in new.layers].count("concat") == (rest > 0)


def test_inside_a_block_the_rest_has_numbers_and_is_a_list_of_volumes() -> None:
    head = """
    blocks:
      meet:
        inputs: [x, others.*]
        layers: [{conv: "others[1].channels", kernel: 1, from: others.2, name: b}, {add: [others.*]}]
    """
    new = net(
        "{conv: 4, kernel: 1, name: a}", "{conv: 4, kernel: 1, name: c}", "{meet: , from: [input, a, c]}", head=head
    )
    assert inputs(new)["meet1.b"] == ("c",)
    assert inputs(new)["meet1.add1"] == ("a", "c")


def test_one_or_more_and_what_arrives_where_one_is_enough() -> None:
    head = "blocks: {all: {inputs: [x.*], layers: [{concat: [x.*]}, conv1-4]}}"
    new = net(CHAIN, "{all: , from: [y.*]}", "all", "{all: , from: y.2}", head=head)
    assert inputs(new)["all1.concat1"] == tuple(ALL)
    assert inputs(new)["all2.conv1"] == ("all1.conv1",)
    assert inputs(new)["all3.conv1"] == ("y.2",)
    assert "all takes 1 input or more, and `from` names 0" in refused("{all: , from: []}", head=head)
    two = "blocks: {all: {inputs: [a, b, x.*], layers: [relu]}}"
    assert "all takes 2 inputs or more, and `from` names 0" in refused("all", head=two)


# --- 3. paths of names ------------------------------------------------------------------------------------------------

STAGE = """\
blocks:
  stage:
    layers:
      - {conv: 4, kernel: 1, name: low}
      - {name: deep, layers: [{conv: 4, kernel: 1, name: y, repeat: 2}, {conv: 4, kernel: 1, when: false, name: gone}]}
      - {maxpool: 2, name: high}
"""


@pytest.mark.parametrize(
    ("reference", "layer"),
    [
        ("s", "s.high"),
        ("s.low", "s.low"),
        ("s.high", "s.high"),
        ("s.deep", "s.deep.y.2"),
        ("s.deep.y", "s.deep.y.2"),
        ("s.deep.y.1", "s.deep.y.1"),
        ("s.deep.gone", "s.deep.y.2"),
    ],
)
def test_a_reference_is_a_path_however_deep(reference: str, layer: str) -> None:
    new = net("{stage: , name: s}", f"{{conv: 4, kernel: 1, from: {reference}, name: end}}", head=STAGE)
    assert inputs(new)["end"] == (layer,)
    listed = net(
        "{stage: , name: s}",
        f"{{concat: [s.low, {reference}], name: end}}" if "high" not in layer else "relu",
        head=STAGE,
    )
    assert "high" in layer or inputs(listed)["end"] == ("s.low", layer)
    assert net("{stage: , name: s}", head=f"{STAGE}\noutputs: {reference}").outputs == (layer,)


def test_weights_are_shared_by_a_path() -> None:
    new = net("{stage: , name: s}", "{conv: 4, kernel: 1, share: s.deep.y.1, from: input}", head=STAGE)
    assert new.layers[-1].share == "s.deep.y.1"
    assert new.totals.weights == 3 * 4 * 4


def test_a_block_has_no_outputs_but_the_names_in_it() -> None:
    report = refused("b", head="blocks: {b: {layers: [relu], outputs: [a]}}")
    assert "a block has no `outputs`" in report
    assert "its layers are its outputs: `from: b.NAME`" in report


# --- 4. types as parameters -------------------------------------------------------------------------------------------

UNIT = """\
blocks:
  gn: {layers: [groupnorm-4]}
  unit:
    parameters: {width: , norm: batchnorm, body: conv}
    layers: [{body: width, kernel: 3, padding: half}, norm, relu]
"""


def test_a_parameter_that_holds_a_type_stands_for_it() -> None:
    new = net("unit-32", "{unit: 64, norm: gn}", "{unit: 64, body: separable_conv}", head=UNIT)
    old = ["conv3-32", "batchnorm", "relu", "conv3-64", "groupnorm-4", "relu"]
    same(new, net(*old, "{separable_conv: 64, kernel: 3, padding: half}", "batchnorm", "relu"))
    assert [*inputs(new)] == [
        *("unit1.conv1", "unit1.batchnorm1", "unit1.relu1"),
        *("unit2.conv1", "unit2.gn1.groupnorm1", "unit2.relu1"),
        *("unit3.separable_conv1", "unit3.batchnorm1", "unit3.relu1"),
    ]


@pytest.mark.parametrize("item", ["body3-8/2", "{body: 8, kernel: 3, stride: 2, padding: half}"])
def test_it_stands_as_an_item_as_a_key_and_in_the_notation(item: str) -> None:
    same(net(item, "act", "{act: }", head="parameters: {body: conv, act: relu}"), net("conv3-8/2", "relu", "relu"))


def test_types_and_blocks_come_first() -> None:
    assert net("dropout", head="parameters: {dropout: relu}").layers[0].type == "dropout"
    head = "parameters: {b: relu}\nblocks: {b: {layers: [silu]}}"
    assert net("b", head=head).layers[0].type == "silu"


def test_identity_does_nothing_and_none_leaves_it_out() -> None:
    assert [layer.type for layer in net("{unit: 8, norm: none}", head=UNIT).layers] == ["conv", "relu"]
    assert [layer.type for layer in net("{unit: 8, norm: identity}", head=UNIT).layers] == ["conv", "identity", "relu"]
    assert inputs(net("conv3-4", "none", "relu")) == {"conv1": ("input",), "relu1": ("conv1",)}


def test_a_block_may_be_passed_and_pass_on_what_it_is_passed() -> None:
    head = "blocks: {a: {parameters: {what: }, layers: [what-8]}, b: {parameters: {w: }, layers: [conv3-w, relu]}}"
    assert [layer.name for layer in net("{a: b}", head=head).layers] == ["a1.b1.conv1", "a1.b1.relu1"]


@pytest.mark.parametrize(
    ("item", "message", "way_out"),
    [
        (
            "{unit: 8, norm: bachnorm}",
            "`norm` is `bachnorm` here, and there is no layer type `bachnorm`",
            "did you mean `batchnorm`",
        ),
        ("{unit: 8, norm: 3}", "`norm` is 3 here, and not the name of a layer type", "under `blocks`"),
        ("{unit: 8, norm: groupnorm-8}", "norm: an argument cannot hold layers", "under `blocks`"),
        ("{unit: 8, norm: [conv3-4, relu]}", "norm: an argument cannot hold layers", "under `blocks`"),
        ("{unit: 8, norm: {groupnorm: 8}}", "norm: an argument cannot hold layers", "under `blocks`"),
        (
            "{unit: 8, norm: split}",
            "`norm` is `split` here, and there is no layer type `split`",
            "did you mean `slice`?",
        ),
        ("{unit: 8, norm: unit}", "unit needs its width", "write `norm: …`"),
    ],
)
def test_what_a_parameter_holds_that_is_no_type(item: str, message: str, way_out: str) -> None:
    report = refused(item, head=UNIT)
    assert message in report
    assert way_out in report


def test_fields_are_those_of_the_type_that_is_held() -> None:
    with pytest.raises(SpecError) as caught:
        net("{unit: 8, body: relu}", head=UNIT)
    assert [problem.message for problem in caught.value.problems] == [
        "`body` is `relu` here, which has no `kernel`",
        "`body` is `relu` here, which has no `padding`",
    ]
    assert "`body` is `relu` here, which has no kernel" in refused("body3-8", head="parameters: {body: relu}")
    assert "`body` is `relu` here, which takes no argument" in refused("body-8", head="parameters: {body: relu}")


def test_a_parameter_that_holds_its_own_name_is_a_cycle() -> None:
    assert "cycle" in refused("body3-4", head="parameters: {body: body}")
    assert "nested deeper than 40" in refused("{a: a}", head="blocks: {a: {parameters: {b: }, layers: [{b: b}]}}")


@pytest.mark.parametrize(
    ("item", "types"),
    [
        ("{each: {act: [relu, silu]}, layers: [act]}", ["relu", "silu"]),
        ("{each: {act: [relu, none, silu]}, layers: [act]}", ["relu", "silu"]),
        (
            "{each: {row: [[relu, 4], [silu, 2]]}, layers: [{conv: 'row[1]', kernel: 1, activation: 'row[0]'}]}",
            ["conv"] * 2,
        ),
        ("{each: {act: acts}, layers: [act]}", ["tanh", "mish"]),
    ],
)
def test_in_a_list_a_word_that_is_nothing_in_scope_is_that_word(item: str, types: list[str]) -> None:
    assert [layer.type for layer in net(item, head="parameters: {acts: [tanh, mish]}").layers] == types


def test_a_list_may_hold_names_of_layers() -> None:
    maps = ["{conv: 4, kernel: 1, name: c4}", "{conv: 4, kernel: 1, name: c5}"]
    heads = "{each: {map: [c4, c5], boxes: [4, 6]}, merge: concat, layers: [{conv: boxes, kernel: 1, from: '{map}'}]}"
    assert [layer.inputs for layer in net(*maps, heads).layers[2:]] == [("c4",), ("c5",), ("conv1", "conv2")]
    assert "called `c6`" in refused(*maps, heads.replace("c4, c5", "c4, c6"))


def test_a_word_of_a_list_that_is_used_as_a_number_is_reported_with_the_near_names() -> None:
    report = refused("{each: {w: [widht, 4]}, layers: [{conv: 2*w, kernel: 1}]}", head="parameters: {width: 4}")
    assert "the word `widht` is not a number" in report
    assert "did you mean `width`?" in report


# --- 5. split ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("split", "names", "sizes"),
    [
        ("{split: {left: 24, right: rest}}", ["left", "right"], [24, 64 - 24]),
        ("{split: {left: rest, right: 24}}", ["left", "right"], [64 - 24, 24]),
        ("{split: {left: 24, right: rest}, name: s}", ["s.left", "s.right"], [24, 64 - 24]),
        ("{split: 4, name: part}", ["part.1", "part.2", "part.3", "part.4"], [64 // 4] * 4),
        ("{split: 4}", ["slice1", "slice2", "slice3", "slice4"], [64 // 4] * 4),
        ("{split: [16, 16, rest], name: s}", ["s.1", "s.2", "s.3"], [16, 16, 64 - 2 * 16]),
        ("{split: [w, 3*w], name: s}", ["s.1", "s.2"], [16, 48]),
        ("{split: parts, name: s}", ["s.1", "s.2", "s.3"], [8, 64 - 8 - 16, 16]),
        ("{split: 1, name: s}", ["s.1"], [64]),
        ("{split: [64], name: s}", ["s.1"], [64]),
    ],
)
def test_split_writes_slices(split: str, names: list[str], sizes: list[int]) -> None:
    new = net(split, input="8x8x64", head="parameters: {w: 16, parts: [8, rest, 16]}")
    assert inputs(new) == dict.fromkeys(names, ("input",))
    assert [tuple(layer.output) for layer in new.layers] == [(8, 8, size) for size in sizes]
    starts = [sum(sizes[:place]) for place in range(len(sizes))]
    slices = [f"{{slice: [{start}, {start + size}], from: input}}" for start, size in zip(starts, sizes, strict=True)]
    same(new, net(*slices, input="8x8x64"))
    assert new.outputs == (names[-1],)


def test_parts_of_a_split_in_repetitions_get_the_number() -> None:
    new = net("{repeat: 2, layers: [{split: {a: 2, b: rest}, from: input}]}")
    assert [*inputs(new)] == ["a.1", "b.1", "a.2", "b.2"]
    named = net("{repeat: 2, name: g, layers: [{split: {a: 2, b: rest}}, {concat: [b, a]}]}")
    assert inputs(named)["g.2.concat1"] == ("g.2.b", "g.2.a")
    assert [*inputs(net("{split: 2, repeat: 2, name: s}"))] == ["s.1.1", "s.1.2", "s.2.1", "s.2.2"]


def test_a_split_that_is_left_out_has_no_parts() -> None:
    assert "called `a`" in refused("{split: {a: 2, b: rest}, when: false}", "{conv: 4, kernel: 1, from: a}")
    assert net("conv3-4", "{split: 2, when: false, name: s}", "{concat: [input, s.*, conv1]}").layers[-1].inputs == (
        "input",
        "conv1",
    )


def test_equal_parts_of_a_symbol_are_an_open_condition() -> None:
    new = net("{split: 2, name: s}", "{add: [s.*]}", input="8x8xC")
    assert any("C" in assumption for assumption in new.assumptions)
    assert tuple(net("{split: 2, name: s}", "{add: [s.*]}", input="8x8xC", set={"C": 6}).layers[-1].output) == (8, 8, 3)
    sizes = net("{split: {a: 16, b: 16}}", input="8x8xC")
    assert any("32" in assumption for assumption in sizes.assumptions)


SUCH = "`{split: {left: 24, right: rest}}`"


@pytest.mark.parametrize(
    ("split", "message", "way_out"),
    [
        ("[24, 32]", "24 + 32 of 64 channels: 8 are left over", "make one of the parts `rest`"),
        ("[31, 32]", "31 + 32 of 64 channels: 1 is left over", "make one of the parts `rest`"),
        ("{a: 24, b: 32}", "24 + 32 of 64 channels: 8 are left over", "make one of the parts `rest`"),
        ("[32, 33]", "32 + 33 of 64 channels: 1 too many", "make the parts smaller"),
        ("[64, rest]", "64 of 64 channels: nothing is left", "make the parts smaller"),
        ("[rest, rest]", "`rest` is given twice", "give the others sizes"),
        ("3", "64 channels do not divide into 3 equal parts", "give sizes, one of them `rest`"),
        ("0", "split: 0 is not a number of parts", "`{split: 4, name: part}`"),
        ("-2", "split: -2 is not a number of parts", "`{split: 4, name: part}`"),
        ("2.5", "split: 2.5 is not a number of parts", "`{split: 4, name: part}`"),
        ("true", "split: true is not a number of parts", "`{split: 4, name: part}`"),
        ("rest", "split: `rest` is not a number of parts", "`{split: 4, name: part}`"),
        ("[0, 64]", "split: 0 is not a number of channels", SUCH),
        ("[-1, 65]", "split: -1 is not a number of channels", SUCH),
        ("[2.5, rest]", "split: 2.5 is not a number of channels", SUCH),
        ("[[1, 2], rest]", "split: [1, 2] is not a number of channels", SUCH),
        ("[]", "split: there is no part", SUCH),
        ("{}", "split: there is no part", SUCH),
        ("{'a b': 2, c: rest}", "`a b` is not a valid layer name", "letters, digits"),
        ("{a: width, b: rest}", "nothing in scope is called `width`", "in scope"),
    ],
)
def test_what_no_split_is(split: str, message: str, way_out: str) -> None:
    report = refused(f"{{split: {split}}}", input="8x8x64")
    assert message in report
    assert way_out in report


# --- 6. include -------------------------------------------------------------------------------------------------------

BACKBONE = """\
input: 32x32x3
parameters: {w: 4, acts: [relu, silu]}
defaults: {conv: {bias: false}}
blocks: {cell: {parameters: {n: }, layers: [conv3-n, batchnorm]}}
layers:
  - {conv: w, kernel: 3, padding: half, name: stem}
  - {name: stage, repeat: 3, layers: [{cell: w}, {maxpool: 2, name: end}]}
  - {each: {act: acts}, layers: [act]}
  - global_avgpool
  - fc-10
outputs: [nosuch]
budget: {params: 1}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, backbone=BACKBONE)
    return tmp_path


def write(folder: Path, **specs: str) -> None:
    """Write specs into a folder; `__` in a name is a sub-folder."""
    for name, text in specs.items():
        path = folder / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")


def of(folder: Path, text: str, **options: Any) -> Network:
    write(folder, net=text)
    network = cnncalc.load("net.yaml", **options)
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(text))] == []
    return network


def wrong(folder: Path, text: str) -> str:
    with pytest.raises(SpecError) as caught:
        of(folder, text)
    assert len(caught.value.problems) == 1, str(caught.value)
    return str(caught.value)


def including(*items: str, input: str = "32x32x3") -> str:
    return f"input: {input}\nlayers:\n" + "".join(f"  - {item}\n" for item in items)


def stem(channels: int, width: int = 4) -> int:
    return 3 * 3 * channels * width


def cell(width: int = 4) -> int:
    return 3 * 3 * width * width + width  # a batchnorm scales each channel


def test_include_is_a_block_of_the_layers_of_another_spec(folder: Path) -> None:
    new = of(folder, including("{include: backbone}"))
    alone = cnncalc.load({**yaml.safe_load(BACKBONE), "outputs": None, "budget": None})
    same(new, alone)
    assert new.layers[0].name == "backbone1.stem"
    assert new.demands == cnncalc.load("8x8x3: conv3-4").demands
    assert new.outputs == ("backbone1.dense1",)


@pytest.mark.parametrize(
    ("until", "cells", "last"),
    [
        ("stem", 0, "b.stem"),
        ("stage.1", 1, "b.stage.1.end"),
        ("stage.2", 2, "b.stage.2.end"),
        ("stage", 3, "b.stage.3.end"),
        ("silu1", 3, "b.silu1"),
        ("stage.{1 + 1}", 2, "b.stage.2.end"),
    ],
)
def test_until_ends_it_and_is_what_goes_on(until: str, cells: int, last: str, folder: Path) -> None:
    new = of(
        folder, including(f"{{include: backbone, until: '{until}', name: b}}", "{conv: 2, kernel: 1, bias: false}")
    )
    assert new.layers[-1].inputs == (last,)
    assert new.totals.weights == stem(3) + cells * cell() + 1 * 1 * 4 * 2


def test_it_takes_what_arrives_and_its_layers_are_named_from_outside(folder: Path) -> None:
    head = ["conv3-5", "{include: backbone, until: stage, name: b}", "{concat: [b.stage.*, b.stage.2.end]}"]
    with pytest.raises(SpecError, match="concat takes volumes of equal sides"):
        of(folder, including(*head))
    new = of(
        folder,
        including("conv3-5", "{include: backbone, until: stage, name: b}", "{conv: 2, kernel: 1, from: b.stage.2}"),
    )
    assert new.layers[1].weights == stem(5)
    assert new.layers[-1].inputs == ("b.stage.2.end",)


def test_set_overrides_parameters_worked_out_where_it_stands(folder: Path) -> None:
    text = "parameters: {k: 3}\n" + including("{include: backbone, until: stage.1, set: {w: 2*k}, name: b}")
    assert of(folder, text).totals.weights == stem(3, 6) + cell(6)
    assert of(folder, text, set={"k": 2}).totals.weights == stem(3, 4) + cell(4)
    repeated = including("{include: backbone, until: stem, set: {w: index + 4}, repeat: 2, name: b}")
    assert of(folder, repeated).totals.weights == stem(3, 4) + stem(4, 5)
    lists = including("{include: backbone, set: {acts: [tanh, mish, relu]}, name: b}")
    assert [layer.type for layer in of(folder, lists).layers][-5:-2] == ["tanh", "mish", "relu"]


def test_nothing_of_the_spec_around_it_is_seen(folder: Path) -> None:
    head = "parameters: {w: 99, other: 7}\ndefaults: {conv: {bias: true}}\nblocks: {cell: {layers: [relu]}}\n"
    new = of(folder, head + including("{include: backbone, until: stage, name: b}", "cell", "conv3-4"))
    assert new.totals.weights == stem(3) + 3 * cell() + 3 * 3 * 4 * 4
    assert new.layers[-2].type == "relu"
    write(folder, outside="input: 8x8x3\nlayers: [{conv: other, kernel: 1}]\n")
    assert "nothing in scope is called `other`" in wrong(folder, head + including("cell", "{include: outside}"))
    write(folder, outside="input: 8x8x3\nlayers: [{conv: 3, kernel: 1, from: mine}]\n")
    assert "called `mine`" in wrong(folder, including("{conv: 3, kernel: 1, name: mine}", "{include: outside}"))


def test_share_gives_twins_and_frozen_keeps_from_training(folder: Path) -> None:
    twins = including(
        "{include: backbone, until: stage, name: b}", "{include: backbone, until: stage, share: b, from: input}"
    )
    new = of(folder, twins)
    assert new.totals.weights == stem(3) + 3 * cell()
    assert new.layers[-2].share == "b.stage.3.cell1.batchnorm1"
    frozen = of(folder, including("{include: backbone, until: stem, frozen: true}"))
    assert (frozen.totals.weights, frozen.totals.buffers) == (0, stem(3))


def test_unnamed_they_count_on_and_one_name_is_given_once(folder: Path) -> None:
    new = of(folder, including(*["{include: backbone, until: stem}"] * 2))
    assert [layer.name for layer in new.layers] == ["backbone1.stem", "backbone2.stem"]
    report = wrong(folder, including(*["{include: backbone, until: stem, name: b}"] * 2))
    assert "two layers are called `b`" in report
    assert (
        cnncalc.load("{input: 224x224x3, layers: [{include: resnet18, until: conv1}]}").layers[0].name
        == "resnet18_1.conv1"
    )


TWO = """\
input: {left: HxWxC, right: 8x8x2}
layers:
  - {conv: C, kernel: 1, from: left, bias: false}
  - {conv: 4, kernel: 1, from: right, bias: false}
  - {concat: [conv1, conv2, left]}
"""


def test_several_inputs_are_what_from_lists_in_their_order(folder: Path) -> None:
    write(folder, two=TWO)
    a, b = "{conv: 2, kernel: 1, bias: false, name: a}", "{conv: 3, kernel: 1, bias: false, name: b}"
    new = of(folder, including(a, b, "{include: two, from: [b, a], name: t}"))
    assert inputs(new)["t.concat1"] == ("t.conv1", "t.conv2", "b")
    assert new.totals.weights == 3 * 2 + 2 * 3 + 3 * 3 + 2 * 4  # C is the depth of b
    starred = including("{conv: 2, kernel: 1, repeat: 2, name: y}", "{include: two, from: y.*}")
    assert inputs(of(folder, starred))["two1.concat1"] == ("two1.conv1", "two1.conv2", "y.1")
    for listed in ("", ", from: a", ", from: [a, b, a]"):
        assert "two takes 2 inputs, and `from` names" in wrong(folder, including(a, b, f"{{include: two{listed}}}"))
    assert "include takes one input, and `from` names 2" in wrong(
        folder, including(a, "{include: backbone, from: [a, input]}")
    )


def test_a_star_means_inside_what_it_means_alone(folder: Path) -> None:
    frames = "input: {x1: 8x8x4, x2: 8x8x4}\nlayers: [{conv: 4, kernel: 1, from: x1, name: x3}, {add: [x*]}]\n"
    write(folder, frames=frames)
    assert cnncalc.load("frames.yaml").layers[-1].inputs == ("x1", "x2", "x3")
    new = of(folder, including("{include: frames, from: [input, input]}", input="8x8x4"))
    assert new.layers[-1].inputs == ("input", "input", "frames1.x3")


def test_symbols_of_the_volume_that_arrives_are_seen_inside(folder: Path) -> None:
    write(folder, two=TWO)
    new = of(folder, including("{include: two, from: [input, input]}", input="HxWx5"))
    assert new.totals.weights == 5 * 5 + 5 * 4
    assert str(new.layers[-1].output) == f"H×W×{5 + 4 + 5}"


def test_it_is_looked_for_beside_the_file_that_says_so(folder: Path) -> None:
    write(
        folder,
        sub__part="input: 8x8x3\nlayers: [conv3-4]\n",
        sub__whole=including("{include: part}"),
        part=including("conv3-7"),
    )
    assert of(folder, including("{include: sub/whole}")).layers[0].name == "whole1.part1.conv1"
    assert of(folder, including("{include: sub/whole}")).totals.weights == 3 * 3 * 3 * 4
    assert (
        cnncalc.load({"input": "64x64x3", "layers": [{"include": "alexnet", "until": "conv1"}]}).layers[0].type
        == "conv"
    )
    for elsewhere in ("../backbone", "/etc/passwd", "git:HEAD:backbone.yaml", "'8x8x3: conv3-4'", "'-'"):
        assert "to include" in wrong(folder, including(f"{{include: {elsewhere}}}"))


def test_extends_brings_what_is_included_and_the_blocks(folder: Path) -> None:
    write(
        folder,
        base="blocks: {cell: {layers: [relu6]}}\n" + including("{include: backbone, until: stem, name: b}", "cell"),
    )
    assert [layer.type for layer in of(folder, "extends: base").layers] == ["conv", "relu6"]
    both = of(
        folder,
        "extends: backbone\noutputs: cell1\nlayers: [{include: backbone, until: stem}, {cell: 6}]\nbudget:\nlint:\n",
    )
    assert both.totals.weights == stem(3) + 3 * 3 * 4 * 6 + 6


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        ({"a": including("{include: a}")}, "`include` forms a cycle: a.yaml → a.yaml"),
        ({"a": including("{include: b}"), "b": including("{include: a}")}, "a.yaml → b.yaml → a.yaml"),
        ({"a": including("{include: b}"), "b": "extends: c", "c": including("{include: b}")}, "b.yaml → b.yaml"),
        (
            {f"n{depth}" if depth else "a": including(f"{{include: n{depth + 1}}}") for depth in range(40)},
            "`include` leads through more than 20 specs",
        ),
    ],
)
def test_circles_and_depth(specs: Mapping[str, str], message: str, folder: Path) -> None:
    write(folder, **specs)
    assert message in wrong(folder, including("{include: a}"))


def test_a_bomb_of_includes_ends(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten includes of the next, ten levels deep; with a twentieth of what a spec may write out."""
    monkeypatch.setattr(expand, "MOST_STEPS", 20_000)
    for level in range(10):
        write(folder, **{f"b{level}": including(*[f"{{include: {'./' * time}b{level + 1}}}" for time in range(10)])})
    write(folder, b10=including("relu"))
    assert "more than" in wrong(folder, including("{include: b0}"))


def test_what_is_wrong_in_an_included_spec_is_said_once_at_its_place(folder: Path) -> None:
    write(folder, slip=including("{conv: 4, kernl: 3}"), top="input: 8x8x3\nlayer: []\n")
    report = wrong(folder, including(*["{include: slip}"] * 3))
    assert "slip.yaml:3:" in report
    with pytest.raises(SpecError) as caught:
        of(folder, including(*["{include: top}"] * 3))
    assert [problem.message for problem in caught.value.problems] == [
        "the spec has no `layers`",
        "a spec has no `layer`",
    ]


@pytest.mark.parametrize(
    ("item", "message", "way_out"),
    [
        ("{include: backbone, until: stagge}", "backbone has no `stagge` to end at", "did you mean `stage`"),
        ("{include: backbone, until: stage.4}", "backbone has no `stage.4` to end at", "`stage.3`"),
        ("{include: backbone, until: }", "`until` takes the name of one layer, group or block", "`until: stage4`"),
        ("{include: backbone, until: [stem]}", "`until` takes the name of one layer", "`until: stage4`"),
        ("{include: backbone, until: '{nosuch}'}", "until: nothing in scope is called `nosuch`", ""),
        ("{include: backbone, set: {width: 3}}", "backbone has no parameter `width`", "there are `w`, `acts`"),
        ("{include: backbone, set: [w]}", "`set` is a mapping of parameters", "such as"),
        ("{include: backbone, with: 3}", "`include` cannot be combined with `with`", "`until`, `set`"),
        ("{include: }", "`include` takes the name of one spec", "`include: resnet50`"),
        ("{include: nosuch}", "there is no nosuch to include", "cnncalc zoo"),
    ],
)
def test_slips_of_include(item: str, message: str, way_out: str, folder: Path) -> None:
    report = wrong(folder, including(item))
    assert message in report
    assert way_out in report


def test_until_that_is_left_out_never_comes(folder: Path) -> None:
    write(folder, part=including("conv3-4", "{relu: , when: false, name: gone}"))
    report = wrong(folder, including("{include: part, until: gone}"))
    assert "part has no `gone` to end at" in report
    assert "did you mean" not in report


def test_until_reaches_into_a_spec_that_is_included_in_turn(folder: Path) -> None:
    write(folder, mid=including("{include: backbone, name: inner}", "fc-3"))
    new = of(folder, including("{include: mid, until: inner.stage.1, name: m}", "relu"))
    assert [layer.inputs for layer in new.layers][-1] == ("m.inner.stage.1.end",)
    assert new.totals.weights == stem(3) + cell()


# --- 7. branches and when ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "branch",
    [
        "{conv: 8, kernel: 1, when: false}",
        "{when: false, layers: [conv1-8]}",
        "{repeat: 2, merge: concat, when: false, layers: [conv1-8]}",
        "{each: {w: [1, 2]}, merge: add, when: false, layers: [conv1-w]}",
        "{unit: 8, when: false}",
        "none",
        "{act: }",
        "act",
        "{conv: 8, kernel: 1, repeat: 0}",
    ],
)
def test_an_item_that_stands_itself_as_a_branch_is_the_branch(branch: str) -> None:
    head = "parameters: {act: none}\nblocks: {unit: {parameters: {w: }, layers: [conv1-w]}}"
    assert inputs(net(f"{{branches: [conv3-4, {branch}, conv3-4]}}", head=head)) == {
        "conv1": ("input",),
        "conv2": ("input",),
        "concat1": ("conv1", "conv2"),
    }
    assert inputs(net(f"{{branches: [conv3-4, {branch}]}}", head=head)) == {"conv1": ("input",)}
    assert "every branch is left out" in refused(f"{{branches: [{branch}, {branch}]}}", head=head)


def test_an_item_left_out_inside_of_a_list_leaves_the_identity() -> None:
    for branch in ("[{conv: 8, kernel: 1, when: false}]", "[]", ""):
        assert inputs(net(f"{{branches: [conv3-4, {branch or '~'}]}}")) == {
            "conv1": ("input",),
            "concat1": ("conv1", "input"),
        }
    left_out = "{conv: 4, kernel: 1, when: false}"
    residual = net(f"{{residual: [conv3-4], shortcut: {left_out}}}", strict=True)
    assert inputs(residual)["add1"] == ("conv1", "input")


SIDE, MAIN = "{conv: 4, kernel: 1, name: side}", "{conv: 5, kernel: 1, name: main}"


@pytest.mark.parametrize(
    "item",
    [
        "{conv: 3, kernel: 1, from: side, when: false, name: gone}",
        "{conv: 3, kernel: 1, from: side, repeat: 2, when: false, name: gone}",
        "{conv: 3, kernel: 1, from: side, repeat: 0, name: gone}",
        "{repeat: 0, merge: add, from: side, name: gone, layers: [relu]}",
        "{layers: [relu], from: side, when: false, name: gone}",
        "{split: 2, from: side, when: false, name: gone}",
        "{act: , from: side, name: gone}",
    ],
)
def test_what_takes_the_input_of_a_left_out_item_without_saying_so_is_warned_about(item: str) -> None:
    head = "parameters: {act: none}"
    taken = ["`gone` is left out: this takes `side` and not `main`"]
    for next_one in (
        "relu",
        "{conv: 3, kernel: 1}",
        "{residual: [conv3-4]}",
        "relu6",
    ):
        assert warnings(net(SIDE, MAIN, item, next_one, head=head)) == taken
    with pytest.raises(SpecError, match="`gone` is left out: this takes `side` and not `main`"):
        net(SIDE, MAIN, item, "relu", head=head, strict=True)
    assert warnings(net(SIDE, MAIN, item, head=head)) == [
        "`gone` is left out: the network ends with `side` and not `main`"
    ]
    for said in ("{relu: , from: side}", "{concat: [side, main]}", "{concat: , from: [side, main]}"):
        assert warnings(net(SIDE, MAIN, item, said, head=head, strict=True)) == []
    assert warnings(net(SIDE, MAIN, item, head=f"{head}\noutputs: main", strict=True)) == []


def test_what_goes_on_as_before_is_not_warned_about() -> None:
    same_one = "{conv: 3, kernel: 1, from: main, when: false}"
    net(SIDE, MAIN, same_one, "relu", strict=True)
    away, back = "{conv: 3, kernel: 1, from: side, when: false}", "{conv: 3, kernel: 1, from: main, when: false}"
    net(SIDE, MAIN, away, back, "relu", strict=True)
    assert warnings(net(SIDE, MAIN, away, away, "relu")) == ["`conv` is left out: this takes `side` and not `main`"]


@pytest.mark.parametrize("name", built_in_names())
def test_built_in_specs_are_silent(name: str) -> None:
    assert cnncalc.load(name).remarks == ()


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "items",
    [
        ["{name: p, layers: [conv3-4]}", "{name: p, layers: [conv3-4, relu]}"],
        ["{name: p, repeat: 2, layers: [conv3-4]}", "{name: p, repeat: 2, merge: add, layers: [conv3-4]}"],
        ["{conv: 4, kernel: 1, name: p.conv1}", "{name: p, layers: [conv3-4]}"],
        ["{conv: 4, kernel: 1, name: p.1}", "{name: p, repeat: 1, layers: [conv3-4]}"],
        ["{conv: 4, kernel: 1, name: p}", "{name: p, layers: [relu]}"],
        ["{split: {a: 2, b: rest}}", "{conv: 4, kernel: 1, name: a}"],
        ["{name: input, layers: [relu]}"],
    ],
)
def test_two_things_of_one_name_are_refused(items: list[str]) -> None:
    """The second would take the place of the first, and the network be another."""
    assert "two layers are called" in refused(*items)


def test_a_block_counts_on_past_a_group_of_that_name() -> None:
    new = net("{name: b1, layers: [relu]}", "b", head="blocks: {b: {layers: [relu6]}}")
    assert [*inputs(new)] == ["b1.relu1", "b2.relu6_1"]


# --- blocks that nobody uses ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("{layers: [conb3-4]}", "there is no layer type `conb3-4`"),
        ("{layers: [{conv: 4, kernl: 3}]}", "conv has no field `kernl`"),
        ("{parameters: {n: }, layers: [{conv: nn, kernel: 3}]}", "nothing in scope is called `nn`"),
        ("{layers: [{repeat: 2, merge: conv, layers: [relu]}]}", "merge: `conv` is not a merging layer"),
        ("{layers: [{branches: [relu]}]}", "`branches` is a list of two branches or more"),
        ("{layers: [{include: nosuch}]}", "there is no nosuch to include"),
    ],
)
def test_a_block_that_nobody_uses_is_checked(block: str, message: str) -> None:
    assert message in refused("relu", head=f"blocks: {{idle: {block}}}")


@pytest.mark.parametrize(
    "block",
    [
        "{parameters: {body: , n: 3}, layers: [{body: n}, body3-4, body, {body: 3, kernel: n}]}",
        "{parameters: {n: }, layers: [{repeat: n, merge: add, layers: [conv3-n]}, {each: {w: n}, layers: [conv3-w]}]}",
        "{inputs: [a, b.*], parameters: {n: len(b)}, layers: [{concat: [a, b.*]}, {conv: 'b[0].channels', kernel: n}]}",
        "{layers: [idle, {idle: , repeat: 3}]}",
        "{layers: [{split: {a: 3, b: rest}}, {conv: 3, kernel: 1, from: a}, {add: [a, b]}]}",
        "{layers: [{include: resnet18, until: stage1}, {conv: 3, kernel: 1, from: resnet18_1.conv1}]}",
        "{layers: [{conv: 3, kernel: 1, share: outside}, {layers: [conv3-4], share: outside}, {concat: [x.*, y]}]}",
        "{parameters: {on: }, layers: [{branches: [{conv: 1, kernel: 1, when: on}, {relu: , when: not on}]}]}",
        "{layers: [{conv: 2*input.channels, kernel: 3}, {reshape: [input.height, 4]}]}",
    ],
)
def test_what_depends_on_its_use_is_not_known_of_it(block: str) -> None:
    assert [*inputs(net("relu", head=f"blocks: {{idle: {block}}}"))] == ["relu1"]


# --- all of it --------------------------------------------------------------------------------------------------------

EVERYTHING = """\
input: 16x16x8
parameters: {paths: 3, act: silu, parts: [3, rest]}
blocks:
  unit: {parameters: {width: , norm: batchnorm}, layers: [conv3-width, norm, act]}
  meet: {inputs: [x, others.*], layers: [{concat: [x, others.*]}, {conv: 8, kernel: 1, name: end}]}
layers:
  - {conv: 8, kernel: 3, padding: half, repeat: paths, name: y}
  - {repeat: paths, merge: add, name: p, layers: [{unit: 8, norm: none}]}
  - branches:
      - conv1-8
      - {each: {kind: [relu, tanh]}, merge: concat, layers: [{conv: 8, kernel: 1}, kind]}
      - {maxpool: 3, stride: 1, padding: 1, when: paths > 5}
  - {meet: , from: [input, y.*], name: m}
  - {split: {left: 1, right: rest}, from: m.end}
  - {split: parts, from: p.1, name: s}
  - {concat: [left, right, s.*]}
outputs: [y.*, m.end]
"""


def test_a_spec_is_not_changed_and_read_twice_gives_the_same() -> None:
    data = yaml.safe_load(EVERYTHING)
    before = copy.deepcopy(data)
    first, second = cnncalc.load(data), cnncalc.load(data)
    assert data == before
    assert (inputs(first), shape(first)[0][:4], first.outputs) == (inputs(second), shape(second)[0][:4], second.outputs)
    same(first, second)
    assert inputs(first) == inputs(cnncalc.load(EVERYTHING))


def test_a_chain_of_joins_written_as_one_is_layers_gone_and_one_changed() -> None:
    ys = [f"{{conv: 4, kernel: 1, from: input, name: y{number}}}" for number in (1, 2, 3)]
    chain = including(*ys, "{concat: [y1, y2]}", "{concat: [concat1, y3], name: all}", "relu", input="8x8x4")
    one = including(*ys, "{concat: [y*], name: all}", "relu", input="8x8x4")
    changes = cnncalc.diff(chain, one)
    status = {layer.new or layer.old: layer.status for layer in changes.layers if layer.status != "same"}
    assert status == {"concat1": "removed", "all": "changed"}


@pytest.mark.parametrize(
    "item",
    [
        {"repeat": 2, "merge": "conv", "layers": ["relu"]},
        {"layers": ["relu"], "merge": "add"},
        {"conv": 4, "kernel": 3, "repeat": 2, "merge": "add"},
        {"split": {}},
        {"split": []},
        {"split": {"a": [1]}},
        {"split": 2, "names": ["a", "b"]},
        {"include": ["a"]},
        {"include": "alexnet", "set": ["w"]},
        {"include": "alexnet", "untill": "conv1"},
        {"branches": {"repeat": 2, "layers": ["relu"]}},
        {"each": {"w": [1]}, "layers": ["relu"], "merg": "add"},
    ],
)
def test_what_the_reader_refuses_the_schema_flags(item: dict[str, Any]) -> None:
    spec = {"input": "8x8x4", "layers": [item]}
    with pytest.raises(SpecError):
        cnncalc.load(spec)
    assert [*VALIDATOR.iter_errors(spec)]


def test_no_others_are_none_and_not_those_of_the_block_around() -> None:
    """`inner` is given x alone; its `others.*` is nothing, whatever `outer` calls its own inputs."""
    network = cnncalc.load(
        dedent(
            """
        input: 8x8x4
        blocks:
          inner: {inputs: [x, others.*], layers: [{concat: [x, others.*]}]}
          outer: {inputs: [x, others.*], layers: [{inner: , from: [x]}, {conv: 1, kernel: 1}]}
        layers:
          - {conv: 4, kernel: 1, name: a}
          - {conv: 6, kernel: 1, from: input, name: b}
          - {outer: , from: [a, b]}
        """
        )
    )
    assert [layer.name for layer in network.layers] == ["a", "b", "outer1.conv1"]
    assert network.layers[-1].weights == 4 * 1


def test_names_in_braces_are_shown_as_they_are_meant() -> None:
    network = cnncalc.load(
        dedent(
            """
        input: 8x8x4
        layers:
          - layers: [{conv: 2, kernel: 1, from: input, name: y}, {add: ["y.{index + 1}", "y.{index + 1}"]}]
            repeat: 2
        """
        )
    )
    assert [layer.fields["inputs"] for layer in network.layers if layer.type == "add"] == [
        ("y.1", "y.1"),
        ("y.2", "y.2"),
    ]


def test_a_name_that_holds_a_star_is_no_number_of_another() -> None:
    report = refused("{conv: 4, kernel: 1, name: 'p*1'}", "{add: [input, p**]}")
    assert "no layer before this one is called `p**`" in report
    (layer,) = net("{conv: 4, kernel: 1, name: 'p*1'}").layers
    assert layer.name == "p*1"


@pytest.mark.parametrize(
    ("item", "user", "message"),
    [
        (
            "{include: resnet5, name: backbone}",
            "{conv: 4, kernel: 1, from: backbone.stage3}",
            "did you mean `resnet50`",
        ),
        ("{split: 3, name: p}", "{add: [p.1, p.*]}", "4 channels do not divide into 3 equal parts"),
        ("{split: {a: 3, b: rest, c: rest}}", "{concat: [a, c]}", "`rest` is given twice"),
    ],
)
def test_what_stands_in_something_that_was_not_made_is_no_further_slip(item: str, user: str, message: str) -> None:
    assert message in refused(item, user)


def test_a_misspelt_name_with_a_star_is_answered_with_one() -> None:
    report = refused("{conv: 4, kernel: 1, repeat: 3, name: wide}", "{concat: [input, wid.*]}")
    assert "did you mean `wide.*`?" in report

"""What every registered layer type promises. A type is held to it from the moment that it is registered."""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, get_args

import jsonschema
import msgspec
import pytest
import sympy
from arithmetic import evaluated
from bounds import run
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from strategies import (
    Case,
    as_data,
    cases,
    fit,
    holds_places,
    item_of,
    layers,
    numbers_in,
    spec_of,
    volumes_of_any_kind,
)

import cnncalc
from cnncalc import dims
from cnncalc.analysis.derivation import counted, symbolic_volume, traced_of
from cnncalc.language.schema import schema
from cnncalc.layers import Layer, families, registry, terms_of, type_names
from cnncalc.layers.activation import Activation, Named
from cnncalc.layers.base import values_of
from cnncalc.layers.convolution import Convolution
from cnncalc.layers.dense import Dense
from cnncalc.layers.operations import FLOPS, Kind, Weight, weighed
from cnncalc.network.counts import SUMMED, Counts
from cnncalc.numbers.symbolic import symbol
from cnncalc.numbers.traced import Traced, is_bare, traced, written
from cnncalc.reach import SELF, Reach, union
from cnncalc.terms import description, words
from cnncalc.volume import Volume
from cnncalc.window import LayerError

METRICS = ("weights", "biases", "buffers", "macs", "activations")
EXAMPLES = 8

every_type = pytest.mark.parametrize("kind", registry().values(), ids=registry().keys())


def quick(examples: int) -> settings:
    """The same examples in every run, none kept, the smallest failing one shown."""
    phases = [Phase.generate, Phase.shrink]
    return settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, phases=phases, report_multiple_bugs=False
    )


def over_cases(examples: int = EXAMPLES) -> Callable[[Callable[[type[Layer], Case], None]], Any]:
    """Run a test for every registered type, on layers and volumes drawn for it."""

    def decorate(test: Callable[[type[Layer], Case], None]) -> Any:
        @every_type
        def on_drawn_cases(kind: type[Layer]) -> None:
            @quick(examples)
            @given(cases(kind))
            def run(case: Case) -> None:
                test(kind, case)

            run()

        on_drawn_cases.__doc__ = test.__doc__
        return on_drawn_cases

    return decorate


def numbers(layer: Layer, *volumes: Volume) -> dict[str, Any]:
    """Everything that a layer's formulas give: the extents of its output, its counts, and its operations."""
    extents = {f"output[{place}]": extent for place, extent in enumerate(layer.output(*volumes))}
    counts = {metric: getattr(layer, metric)(*volumes) for metric in METRICS}
    operations = layer.operations(*volumes)
    made = {f"made[{place}]": each.made for place, each in enumerate(operations)}
    read = {f"read[{place}]": each.read for place, each in enumerate(operations)}
    return extents | counts | made | read | {"operations": weighed(operations, FLOPS)}


def mapped(value: Any, turned: Callable[[int], Any]) -> Any:
    """The value with each whole number in it turned into another kind of number."""
    if isinstance(value, tuple):
        return tuple(mapped(part, turned) for part in value)
    return turned(value) if type(value) is int else value


def amounts(layer: Layer) -> dict[str, Any]:
    """The fields that formulas calculate with: not those that hold places (a table of maps, an order of axes)."""
    values = values_of(layer)
    return {name: values[name] for name in _amounts(type(layer))}


@cache
def _amounts(kind: type[Layer]) -> list[str]:
    return [name for name, term in terms_of(kind).items() if not holds_places(term)]


def with_fields(layer: Layer, turned: Callable[[int], Any]) -> Layer:
    """The layer with every number in its fields turned into another kind of number."""
    attributes = dict(zip(terms_of(type(layer)), layer.__struct_fields__, strict=True))
    changed = {attributes[name]: mapped(value, turned) for name, value in amounts(layer).items()}
    return msgspec.structs.replace(layer, **changed)


# ------------------------------------------------------------------------------------------------------ the class


def test_a_type_is_registered_once_under_each_of_its_names() -> None:
    everything = [kind for kinds in families().values() for kind in kinds]
    names = [name for kind in everything for name in (kind.type_name(), *kind.aliases)]
    assert len(names) == len(set(names)) == len(type_names())
    assert len(everything) == len(registry())


@every_type
def test_it_is_documented(kind: type[Layer]) -> None:
    """By itself, beginning with a sentence; every field by its term."""
    text = vars(kind).get("__doc__") or ""
    assert len(text.split()) >= 2
    assert text.strip().splitlines()[0].rstrip().endswith((".", ":"))
    for name, term in terms_of(kind).items():
        assert description(term).endswith("."), name


@every_type
def test_it_is_frozen_and_final(kind: type[Layer]) -> None:
    assert kind.__struct_config__.frozen
    assert not kind.__subclasses__()
    for ancestor in kind.__mro__[1:]:
        if issubclass(ancestor, Layer):
            assert ancestor.__struct_fields__ == (), "all fields of a class are in that class"
            assert not ancestor.__struct_config__.tag, "what has a type is final"


@every_type
def test_its_main_argument_is_a_field_of_its_own(kind: type[Layer]) -> None:
    assert not kind.main or kind.main in terms_of(kind)


@over_cases(3)
def test_it_is_a_value(kind: type[Layer], case: Case) -> None:
    """Equal layers are one key, and nothing can be set on them."""
    twin = msgspec.convert(msgspec.to_builtins(case.layer), kind)
    assert twin == case.layer
    assert hash(twin) == hash(case.layer)
    assert fit(twin, case.volumes)
    for name in (*kind.__struct_fields__, "anything"):
        with pytest.raises(AttributeError):
            setattr(case.layer, name, 1)


# ------------------------------------------------------------------------------------------------ the spec and back


SCHEMA = jsonschema.Draft202012Validator(schema())


@over_cases(6)
def test_what_it_writes_is_valid_and_read_back(kind: type[Layer], case: Case) -> None:
    """Layer → mapping → layer → mapping: the schema takes it, and both layers and both mappings are equal."""
    spec = spec_of(case.layer, case.volumes)
    assert not [error.message for error in SCHEMA.iter_errors(spec)]
    (node,) = cnncalc.load(spec).layers
    read = msgspec.structs.replace(node.layer, inputs=None) if kind.merges else node.layer
    assert read == case.layer
    assert type(read) is type(case.layer)
    assert item_of(read) == item_of(case.layer)
    assert node.output == Counts.of(case.layer, *case.volumes).output


@over_cases(4)
def test_what_is_at_its_default_may_be_written_out(kind: type[Layer], case: Case) -> None:
    """A spec that spells every field out means the same as one that leaves defaults away."""
    spec = spec_of(case.layer, case.volumes)
    (item,) = spec["layers"]
    for field in msgspec.structs.fields(kind):
        if field.encode_name != kind.main and getattr(case.layer, field.name) is not None:
            item[field.encode_name] = as_data(getattr(case.layer, field.name))
    assert not [error.message for error in SCHEMA.iter_errors(spec)]
    (node,) = cnncalc.load(spec).layers
    assert (msgspec.structs.replace(node.layer, inputs=None) if kind.merges else node.layer) == case.layer


@over_cases(2)
def test_a_field_that_it_has_not_is_refused(kind: type[Layer], case: Case) -> None:
    spec = spec_of(case.layer, case.volumes)
    spec["layers"][0]["no_such_field"] = 1
    assert not SCHEMA.is_valid(spec)
    with pytest.raises(cnncalc.SpecError, match="no_such_field"):
        cnncalc.load(spec)


# --------------------------------------------------------------------------------------------- three kinds of number


@over_cases()
def test_counts_are_whole_and_not_negative(kind: type[Layer], case: Case) -> None:
    for metric, number in numbers(case.layer, *case.volumes).items():
        assert type(number) is int, metric
        assert number >= 0, metric


def substituted(expression: Any, values: dict[Any, int]) -> Any:
    """A symbolic result with numbers for its symbols: a number."""
    return sympy.sympify(expression).xreplace({name: sympy.Integer(value) for name, value in values.items()})


def agree(symbolic: dict[str, Any], values: dict[Any, int], plain: dict[str, int]) -> None:
    """Every closed form gives the number."""
    for metric, number in plain.items():
        assert substituted(symbolic[metric], values) == number, (metric, symbolic[metric], values)


def holding(assumptions: list[Any], values: dict[Any, int]) -> bool:
    """Is what was assumed on the way true of the numbers?"""
    words = {str(name): name for name in values} | {"gcd": sympy.igcd}
    return all(substituted(sympy.sympify(str(text), locals=words), values) == sympy.true for text in assumptions)


def symbolic_volumes(volumes: tuple[Volume, ...]) -> tuple[tuple[Volume, ...], dict[Any, int]]:
    """The volumes with a symbol for every extent, and what each stands for."""
    values: dict[Any, int] = {}

    def named(extent: int, name: str) -> Any:
        values[symbol(name)] = extent
        return symbol(name)

    found = tuple(
        Volume(
            tuple(named(side, f"{'HWZ'[axis]}{place}") for axis, side in enumerate(volume.sides)),
            named(volume.channels, f"C{place}"),
        )
        for place, volume in enumerate(volumes)
    )
    return found, values


@over_cases()
def test_a_symbol_for_every_extent_gives_the_same(kind: type[Layer], case: Case) -> None:
    """One closed form for all volumes of a shape: also for others than the one that it was made from."""
    volumes, _ = symbolic_volumes(case.volumes)
    with dims.assumptions() as assumptions:
        found = numbers(case.layer, *volumes)
    for plain in (case.volumes, *case.others):
        values = symbolic_volumes(plain)[1]
        if holding(assumptions, values):
            agree(found, values, numbers(case.layer, *plain))
        else:  # of several volumes it may be assumed that they are equal; of one that fits, nothing that is not so
            assert kind.merges, (assumptions, values)


@over_cases(6)
def test_a_symbol_for_every_number_in_its_fields_gives_the_same(kind: type[Layer], case: Case) -> None:
    values: dict[Any, int] = {}

    def named(number: int) -> Any:
        if number < 1:
            return number  # a symbol is at least 1
        values[name := symbol(f"n{len(values)}")] = number
        return name

    with dims.assumptions() as assumptions:
        found = numbers(with_fields(case.layer, named), *case.volumes)
    assert holding(assumptions, values), (assumptions, values)
    agree(found, values, numbers(case.layer, *case.volumes))


@over_cases(4)
def test_no_message_is_written_while_nothing_is_wrong(kind: type[Layer], case: Case) -> None:
    """A message that shows long arithmetic and is never read takes longer than counting it."""
    volumes = tuple(Volume(mapped(v.sides, traced), traced(v.channels)) for v in case.volumes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cnncalc.numbers.traced.symbols", lambda value: "")  # `settled` looks a name up by it
        for word in ("__str__", "__repr__"):
            patch.setattr(Traced, word, lambda number: pytest.fail("a number was written out"))
        numbers(case.layer, *volumes)
        numbers(with_fields(case.layer, traced), *case.volumes)


@over_cases()
def test_traced_numbers_have_the_same_value_and_say_how(kind: type[Layer], case: Case) -> None:
    """Whether everything is traced or only what an explanation shows; the text, read by another, gives the number."""
    plain = numbers(case.layer, *case.volumes)
    everything = with_fields(case.layer, traced)
    volumes = tuple(Volume(mapped(volume.sides, traced), traced(volume.channels)) for volume in case.volumes)
    (node,) = cnncalc.load(spec_of(case.layer, case.volumes)).layers
    explained = [traced_of(node, spare) for spare in (False, True)]
    for layer, inputs in ((everything, volumes), *explained):
        found = numbers(layer, *inputs)
        for metric, number in plain.items():
            assert found[metric] == number, metric
            assert evaluated(written(found[metric])) == number, (metric, written(found[metric]))


@over_cases(4)
def test_the_derivation_of_its_row_gives_the_rows_numbers(kind: type[Layer], case: Case) -> None:
    (node,) = cnncalc.load(spec_of(case.layer, case.volumes)).layers
    counts = counted(node)
    for metric in ("activations", "weights", "macs"):
        assert evaluated(written(counts[metric])) == getattr(node, metric), metric


@over_cases(6)
def test_its_reach_is_the_same_on_traced_numbers(kind: type[Layer], case: Case) -> None:
    plain = case.layer.sees(*case.volumes)
    if plain is None:
        return
    of_traces = case.layer.sees(*(Volume(mapped(v.sides, traced), v.channels) for v in case.volumes))
    for axis, of_trace in zip(plain, of_traces or (), strict=True):
        if not isinstance(of_trace, Reach) or of_trace.hull:
            continue  # where outputs may see differently no sum is shown
        for number, as_trace in zip(axis, of_trace, strict=True):
            assert (as_trace.value if isinstance(as_trace, Traced) else as_trace) == number


# ----------------------------------------------------------------------------------------------- what counts mean


@over_cases()
def test_memory_and_operations_are_what_counting_says(kind: type[Layer], case: Case) -> None:
    """In place adds no memory, nor what is stored; the rest adds its output.

    Operations are two a multiply-add and the layer's own, or as they are given.
    """
    counts = Counts.of(case.layer, *case.volumes)
    assert counts.activations == (0 if kind.in_place or kind.starts else math.prod(counts.output))
    if kind.as_given:
        assert {name: getattr(counts, name) for name in values_of(case.layer) if name in SUMMED} == {
            name: value for name, value in values_of(case.layer).items() if name in SUMMED
        }
        return
    operations = weighed(case.layer.operations(*case.volumes), FLOPS)
    assert counts.flops - operations == counts.macs + counts.macs
    if counts.macs == 0:
        assert counts.flops == operations


@over_cases(3)
def test_its_operations_are_of_kinds_that_there_are_and_say_what_does_them(kind: type[Layer], case: Case) -> None:
    for each in case.layer.operations(*case.volumes):
        assert each.kind in get_args(Kind)
        assert each.detail


# What tools count for a layer on 16×16×4 (of attention 10×8, of adaptive pools 10×10×4): the weights that they document
# for kinds of operations, and what they added to their sums when the layer was put into a network of theirs.
ELSEWHERE: list[tuple[str, Any, dict[Kind, Weight], int]] = [
    ("ptflops 0.7.5", {"conv": 4, "kernel": 1}, {"bias": Weight(made=1)}, 1024),
    ("thop 0.1.1", "batchnorm", {"normalisation": Weight(made=2), "affine": Weight(made=2)}, 4096),
    ("thop 0.1.1", {"batchnorm": None, "affine": False}, {"normalisation": Weight(2), "affine": Weight(2)}, 2048),
    ("fvcore 0.1.5", "layernorm", {"normalisation": Weight(made=4), "affine": Weight(made=1)}, 5120),
    ("fvcore 0.1.5", {"instancenorm": None, "affine": False}, {"normalisation": Weight(4), "affine": Weight(1)}, 4096),
    ("torchprofile 0.1.0", "batchnorm", {"affine": Weight(made=1)}, 1024),
    ("torchprofile 0.1.0", {"batchnorm": None, "affine": False}, {"affine": Weight(made=1)}, 0),
    ("torchprofile 0.1.0", "layer_scale", {"scaling": Weight(made=1)}, 1024),
    ("thop 0.1.1", "softmax", {"activation": Weight(made=3, read=-1)}, 2816),
    ("ultralytics-thop 2.2.3", {"attention": 2}, {"scores": Weight(made=3, read=-1)}, 5380 - 640 - 4160),
    ("torchscan 0.2.0", {"maxpool": [2, 3], "stride": 2}, {"pooling": Weight(made=-1, read=1)}, 1120),
    ("ultralytics-thop 2.2.3", {"avgpool": [2, 3], "stride": 1}, {"pooling": Weight(made=1, read=1)}, 5880),
    ("ultralytics-thop 2.2.3", {"adaptive_avgpool": 3}, {"pooling": Weight(made=1, read=1)}, 612),
    ("fvcore 0.1.5", "global_avgpool", {"pooling": Weight(read=1)}, 1024),
    ("fvcore 0.1.5", {"upsample": 2, "mode": "bilinear"}, {"resampling": Weight(made=4)}, 16384),
    ("calflops 0.3.2", {"upsample": 2, "mode": "bilinear"}, {"resampling": Weight(read=1)}, 1024),
    ("torchprofile 0.1.0", {"multiply": ["a", "b"]}, {"merge": Weight(made=1)}, 1024),
]


@pytest.mark.parametrize(("tool", "layer", "weights", "added"), ELSEWHERE)
def test_operations_hold_what_other_conventions_count(tool: str, layer: Any, weights: Any, added: int) -> None:
    table = {**dict.fromkeys(FLOPS, Weight()), **weights}
    assert weighed(standing_alone(layer).operations, table) == added


def test_every_kind_of_operation_has_a_weight_and_a_layer_that_does_it() -> None:
    done = {each.kind for _, layer, *_ in ELSEWHERE for each in standing_alone(layer).operations}
    assert set(FLOPS) == set(get_args(Kind)) == done


def standing_alone(layer: Any) -> Any:
    """The layer in a network of nothing else."""
    (kind,) = [layer] if isinstance(layer, str) else [name for name in layer if name in registry()]
    volume = {"attention": [10, 8], "adaptive_avgpool": [10, 10, 4]}.get(kind, [16, 16, 4])
    given = {"a": volume, "b": volume} if registry()[kind].merges else volume
    (node,) = cnncalc.load({"input": given, "layers": [layer]}).layers
    return node


@over_cases(6)
def test_its_row_and_the_input_add_up_to_the_totals(kind: type[Layer], case: Case) -> None:
    result = cnncalc.load(spec_of(case.layer, case.volumes)).to_dict()
    (row,) = result["layers"]
    fed = sum(math.prod(extents) for extents in result["inputs"].values())
    for metric in SUMMED:
        assert result["totals"][metric] == row[metric] + (fed if metric == "activations" else 0), metric
    assert row["params"] == row["weights"] + row["biases"]
    assert result["totals"]["layers"] == 1
    assert result["totals"]["activation_bytes"] == 4 * result["totals"]["activations"]
    assert result["totals"]["weight_bytes"] == 4 * result["totals"]["params"]


@every_type
def test_a_volume_that_does_not_fit_is_a_layer_error_and_nothing_else(kind: type[Layer]) -> None:
    @quick(15)
    @given(st.data())
    def run(data: st.DataObject) -> None:
        layer = data.draw(layers(kind, data.draw(st.integers(1, 3))))
        count = data.draw(st.integers(0, 3)) if kind.merges else 0 if kind.starts else 1
        volumes = [data.draw(volumes_of_any_kind()) for _ in range(count)]
        refusal = None
        try:
            smallest = min(Counts.of(layer, *volumes).output)
            warnings = layer.warnings(*volumes)
            layer.sees(*volumes)
            layer.resolved(*volumes)
        except LayerError as error:
            refusal = error
        if refusal is not None:
            assert refusal.message
            assert refusal.field is None or refusal.field in terms_of(kind)
        else:
            assert smallest > 0 or (smallest == 0 and warnings), "nothing comes out, and nothing is said"

    run()


# -------------------------------------------------------------------------------------------- the contract can fail


class Drifting(Layer, frozen=True):
    """A layer that breaks its promises: what it counts depends on the kind of number."""

    units: int = 2

    def output(self, volume: Volume) -> Volume:
        return volume

    def weights(self, volume: Volume) -> Any:
        return volume.channels if type(volume.channels) is int else volume.channels + 1


def test_the_contract_notices_a_layer_that_counts_differently() -> None:
    case = Case(Drifting(), (Volume.of("4x4x2"),), [])
    plain = numbers(case.layer, *case.volumes)
    volumes, values = symbolic_volumes(case.volumes)
    with pytest.raises(AssertionError):
        agree(numbers(case.layer, *volumes), values, plain)
    assert numbers(case.layer, symbolic_volume(case.volumes[0]))["weights"] != plain["weights"]


def test_the_contract_notices_an_assumption_that_does_not_hold() -> None:
    assert not holding(["H0 >= 3"], {symbol("H0"): 2})
    assert holding(["H0 >= 3"], {symbol("H0"): 3})


def test_numbers_are_found_however_deep() -> None:
    assert list(numbers_in((1, ("same", (2, 3)), True, None))) == [1, 2, 3]
    assert mapped((1, ("same", (2,)), True), str) == ("1", ("same", ("2",)), True)
    assert is_bare(traced(3))


# ---------------------------------------------------------------------------------------------------------- reach

sizes = st.integers(1, 9)
reaches = st.builds(Reach, sizes, sizes, st.integers(-9, 9), st.just(1), st.just(False))


@given(reaches, reaches, reaches)
@settings(deadline=None)
def test_then_is_associative(a: Reach, b: Reach, c: Reach) -> None:
    assert a.then(b).then(c) == a.then(b.then(c))


@given(reaches)
@settings(deadline=None)
def test_self_is_the_identity_of_then(reach: Reach) -> None:
    assert SELF.then(reach) == reach == reach.then(SELF)


@given(reaches, reaches, reaches)
@settings(deadline=None)
def test_union_is_commutative_idempotent_and_associative(a: Reach, b: Reach, c: Reach) -> None:
    assert union([a, b]) == union([b, a])
    assert union([a, a]) == a == union([a])
    assert union([union([a, b]), c]) == union([a, union([b, c])]) == union([a, b, c])


@given(reaches, reaches)
@settings(deadline=None)
def test_union_holds_both_paths(a: Reach, b: Reach) -> None:
    both = union([a, b])
    assert both is not None
    for at in (0, 1, 7):
        seen = {*a.sees(at), *b.sees(at)}
        assert both.sees(at) == range(min(seen), max(seen) + 1)


@given(st.lists(st.tuples(sizes, sizes), min_size=1, max_size=6))
@settings(deadline=None)
def test_a_chain_sees_what_following_single_values_back_gives(windows: list[tuple[int, int]]) -> None:
    """The first two outputs of a chain of windows, traced back to the input one layer at a time."""
    chain = SELF
    for size, stride in windows:
        chain = chain.then(Reach(size, stride, 0))
    first: tuple[int, int] = (0, 0)
    second: tuple[int, int] = (1, 1)
    for size, stride in reversed(windows):
        first = (first[0] * stride, first[1] * stride + size - 1)
        second = (second[0] * stride, second[1] * stride + size - 1)
    assert (chain.size, chain.jump) == (first[1] - first[0] + 1, second[0] - first[0])


# -------------------------------------------------------------------------------------------- activation functions

FUNCTIONS = [kind for kind in Activation.__subclasses__() if kind is not Named]


def test_the_words_for_an_activation_are_the_activation_layers() -> None:
    functions = {kind.type_name() for kind in FUNCTIONS}
    assert len(functions) >= 14
    for kind in (Dense, *Convolution.__subclasses__()):
        assert words(terms_of(kind)["activation"]) == functions
    assert words(terms_of(Named)["function"]) == functions


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda kind: kind.type_name())
def test_a_function_is_the_same_as_a_layer_by_name_and_fused(function: type[Layer]) -> None:
    """Its weights, its operations, and what rules ask of it."""
    word = function.type_name()
    bare, volume = Dense(units=6, per_position=True, bias=False), Volume.of("4x5x6")
    alone = function()
    for other, weights in ((Named(word), 0), (msgspec.structs.replace(bare, activation=word), bare.weights(volume))):
        assert other.weights(volume) == weights + alone.weights(volume)
        assert other.operations(volume) == alone.operations(volume)
        assert other.nonlinear() is alone.nonlinear() is True
        assert other.probabilities() is alone.probabilities()
    assert alone.probabilities() is (word == "softmax")


def test_an_activation_function_is_its_class_alone(tmp_path: Path) -> None:
    """One more class in a copy of the package is a layer, a word for fused fields, and in the schema."""
    copy = shutil.copytree(Path(cnncalc.__file__).parent, tmp_path / "cnncalc")
    source = copy / "layers" / "activation.py"
    before, named, after = source.read_text(encoding="utf-8").partition("class Named(")
    assert named
    added = 'class Doubled(Activation, tag="doubled", frozen=True):\n    """2·x."""\n\n\n'
    source.write_text(before + added + named + after, encoding="utf-8")
    script = """
        import json, cnncalc
        from cnncalc.language.schema import schema
        layers = ["doubled", {"activation": "doubled"}, {"conv": 2, "kernel": 1, "activation": "doubled"}]
        network = cnncalc.load({"input": [4, 5, 6], "layers": layers})
        print(json.dumps([cnncalc.__file__, [layer.flops for layer in network.layers], schema()]))
    """
    result = run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
    )
    file, flops, written = json.loads(result.stdout)
    assert Path(file).is_relative_to(tmp_path)
    assert flops == [4 * 5 * 6, 4 * 5 * 6, 2 * 4 * 5 * 6 * 2 + 4 * 5 * 2 + 4 * 5 * 2]

    def defined_with(word: str) -> set[str]:
        return {name for name, what in written["$defs"].items() if f'"{word}"' in json.dumps(what)}

    assert defined_with("doubled") - {"doubled"} == defined_with("tanh") - {"tanh"} >= {"conv", "dense", "activation"}
    assert "doubled" in defined_with("doubled")

"""The formula fields of a schema: typed, and in the order in which they can be computed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

from indexer.formula.check import Names, check, is_aggregate
from indexer.formula.fault import TYPE, FormulaFault, hint
from indexer.formula.kinds import kind_of
from indexer.formula.parse import parse
from indexer.formula.related import Neighbours, aggregate_of
from indexer.formula.syntax import Call, Name, Syntax
from indexer.formula.tree import Read, Tree, is_stored, reads
from indexer.model.errors import BadSchema, Problem
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.schema import Field, FieldType, Schema

NAME_SHOWN_MAX = 100
"""Characters of a name that a problem repeats."""

_NO_NEIGHBOURS: Neighbours = {}


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula field with its inferred type, and what computes it."""

    field: Field
    tree: Tree


def typed_schema(schema: Schema, neighbours: Neighbours = _NO_NEIGHBOURS) -> Schema:
    """The schema with the type, scale and storage of every formula field as they are inferred.

    Raises: BadSchema with every problem, at ``/fields/N/formula``.
    """
    if not has_formulas(schema):
        return schema
    typing = _Typing(schema, neighbours)
    if typing.problems:
        raise BadSchema(
            "the dataset can't be made like this",
            problems=tuple(typing.problems[name] for name in sorted(typing.problems)),
        )
    return replace(schema, fields=tuple(typing.fields[field.name] for field in schema.fields))


def formulas_of(schema: Schema, neighbours: Neighbours = _NO_NEIGHBOURS) -> tuple[Formula, ...]:
    """The formula fields of a typed schema, each after those that it needs.

    Those that depend on other datasets are left out where these are not given. Cost: about a
    tenth of a millisecond a formula.
    """
    if not has_formulas(schema):
        return ()
    return tuple(_Typing(schema, neighbours).formulas)


def checked_formula(text: str, schema: Schema, neighbours: Neighbours) -> Formula:
    """A formula that the typed schema could have as another field; it has no name.

    Raises: FormulaFault.
    """
    fields = {field.name: field for field in schema.fields}
    tree = check(parse(text), _names(fields, schema, neighbours))
    return Formula(_typed_field(Field(_NO_NAME, FieldType.BOOL, formula=text), tree, fields), tree)


def has_formulas(schema: Schema) -> bool:
    """Whether any field is computed."""
    return any(field.formula is not None for field in schema.fields)


class _Typing:
    """All formula fields of a schema, typed in the order of what needs what."""

    def __init__(self, schema: Schema, neighbours: Neighbours) -> None:
        self.fields: dict[FieldName, Field] = {field.name: field for field in schema.fields}
        self.formulas: list[Formula] = []
        self.problems: dict[int, Problem] = {}
        self._places = {field.name: place for place, field in enumerate(schema.fields)}
        self._broken: set[FieldName] = set()
        names = _names(self.fields, schema, neighbours)
        parsed = self._parsed()
        for name in self._order(parsed):
            if self._broken & _named(parsed[name]):
                # What is wrong is said of the other field.
                self._broken.add(name)
                continue
            try:
                tree = check(parsed[name], names)
            except FormulaFault as fault:
                self._note(name, fault)
                continue
            field = self.fields[name] = _typed_field(self.fields[name], tree, self.fields)
            self.formulas.append(Formula(field, tree))

    def _parsed(self) -> dict[FieldName, Syntax]:
        parsed: dict[FieldName, Syntax] = {}
        for field in self.fields.values():
            if field.formula is None:
                continue
            try:
                parsed[field.name] = parse(field.formula)
            except FormulaFault as fault:
                self._note(field.name, fault)
        return parsed

    def _order(self, parsed: Mapping[FieldName, Syntax]) -> list[FieldName]:
        """Each after those that it names; those in a circle are problems and left out."""
        needs = {name: _named(syntax) & parsed.keys() for name, syntax in parsed.items()}
        while True:
            try:
                return list(TopologicalSorter(needs).static_order())
            except CycleError as error:
                circle = error.args[1]
                way = " → ".join(f"'{name}'" for name in reversed(circle))
                for name in set(circle):
                    self._note(name, FormulaFault(TYPE, 0, f"these need each other: {way}"))
                    needs.pop(name)
                needs = {name: named - set(circle) for name, named in needs.items()}

    def _note(self, name: FieldName, fault: FormulaFault) -> None:
        self._broken.add(name)
        place = self._places[name]
        self.problems[place] = fault.problem(f"/fields/{place}/formula")


_NO_NAME = FieldName("")


def _names(fields: Mapping[FieldName, Field], schema: Schema, neighbours: Neighbours) -> Names:
    def named(name: str, position: int) -> Tree:
        known = fields.get(FieldName(name))
        is_key = name in (KEY_FIELD, schema.key)
        if is_key:
            known = schema.field(name)
            if schema.key_type is None:
                message = "the key has no type until there are records: declare it as a field"
                raise FormulaFault(TYPE, position, message)
        if known is None:
            close = hint(name, fields)
            message = f"{schema.name} has no field '{name[:NAME_SHOWN_MAX]}'{close}"
            raise FormulaFault(TYPE, position, message)
        return Read(known.name, kind_of(known))

    def aggregate(call: Call) -> Tree:
        return aggregate_of(call, schema, neighbours)

    return Names(named, aggregate, schema.time_zone)


def _typed_field(field: Field, tree: Tree, fields: Mapping[FieldName, Field]) -> Field:
    needed = (fields.get(name) for name in reads(tree))
    stored = is_stored(tree) and all(each is None or each.stored for each in needed)
    assert tree.kind.type is not None, field.name
    return replace(field, type=tree.kind.type, scale=tree.kind.scale, stored=stored)


def _named(syntax: Syntax) -> frozenset[FieldName]:
    """The fields that it names; a dataset may be called like one."""
    match syntax:
        case Call() if is_aggregate(syntax):
            return frozenset()
        case Name(name=name):
            return frozenset({FieldName(name)})
        case Call(arguments=arguments):
            return frozenset().union(*(_named(each) for each in arguments))
        case _:
            return frozenset()

#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds reports against reports/schema, by python3-jsonschema.

usage: harness/tests/schema.py [--loose] DIR|FILE...      a report's folder, or one of its files

A reader has to bear members that it does not know; a writer has none that the schema does not name. So a
member without a name in the schema is wrong here, unless --loose. A line for each that is wrong, then a count; exit
status 1 then, or where nothing was looked at.
"""
import json
import pathlib
import sys

import jsonschema

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "reports" / "schema"
SHOWN = 20


def closed(schema):
    """The same schema, in which no object has members without a name."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    # What asks whether something holds says nothing of the rest.
    out = {key: value if key == "if" else closed(value) for key, value in schema.items()}
    if isinstance(out.get("properties"), dict) and out.get("type") == "object":
        out.setdefault("additionalProperties", False)
    return out


class Checker:
    def __init__(self, loose):
        self.looked = self.wrong = 0
        schemas = {path.name: json.loads(path.read_text()) for path in sorted(SCHEMAS.glob("*.json"))}
        for schema in schemas.values():
            jsonschema.Draft7Validator.check_schema(schema)
        if not loose:
            schemas = {name: closed(schema) for name, schema in schemas.items()}
        base = "http://schema/"
        store = {base + name: schema for name, schema in schemas.items()}
        self.validators = {
            name: jsonschema.Draft7Validator(schema, resolver=jsonschema.RefResolver(base + name, schema, store))
            for name, schema in schemas.items()
        }

    def value(self, where, schema, text):
        self.looked += 1
        try:
            value = json.loads(text)
        except ValueError as error:
            self.say(f"{where}: {error}")
            return
        for error in self.validators[schema].iter_errors(value):
            # Of alternatives the one that comes nearest tells more than that none fits.
            error = jsonschema.exceptions.best_match([error])
            place = "/".join(str(part) for part in error.absolute_path)
            self.say(f"{where}: {place}: {error.message[:300]}")

    def say(self, text):
        self.wrong += 1
        if self.wrong <= SHOWN:
            print(text)

    def lines(self, path, schema):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            self.value(f"{path}:{number}", schema, line)

    def path(self, path):
        if path.is_dir():
            for name in ("report.json", "journal.jsonl"):
                self.path(path / name)
            for log in sorted((path / "logs").glob("*.jsonl")):
                self.path(log)
        elif path.name == "journal.jsonl":
            self.lines(path, "journal-1.json")
        elif path.suffix == ".jsonl":
            self.lines(path, "log-1.json")
        else:
            self.value(path, "report-1.json", path.read_text())


def main(arguments):
    loose = arguments[:1] == ["--loose"]
    checker = Checker(loose)
    for argument in arguments[loose:]:
        checker.path(pathlib.Path(argument))
    print(f"schema: {checker.looked} looked at, {checker.wrong} wrong")
    return 1 if checker.wrong or not checker.looked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

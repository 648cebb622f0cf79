// SPDX-License-Identifier: BSD-2-Clause
// Holds a report's folder against reports/schema by ajv, a second reader of JSON Schema beside python3-jsonschema.
//
// usage: NODE_PATH=... node harness/tests/schema-ajv.js DIR
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const Ajv = require("ajv");

const ajv = new Ajv({ strict: false, validateFormats: false });
const schemas = path.join(__dirname, "..", "..", "reports", "schema");
for (const name of fs.readdirSync(schemas))
	ajv.addSchema(JSON.parse(fs.readFileSync(path.join(schemas, name), "utf8")), name);

let looked = 0;
let wrong = 0;
function check(where, schema, text) {
	looked++;
	if (ajv.validate(schema, JSON.parse(text)))
		return;
	wrong++;
	console.log(`${where}: ${ajv.errorsText()}`);
}
function lines(file, schema) {
	fs.readFileSync(file, "utf8").trimEnd().split("\n").forEach((line, i) => check(`${file}:${i + 1}`, schema, line));
}

const folder = process.argv[2];
const report = fs.readFileSync(path.join(folder, "report.json"), "utf8");
check("report.json", "report-1.json", report);
lines(path.join(folder, "journal.jsonl"), "journal-1.json");
for (const name of fs.readdirSync(path.join(folder, "logs")))
	lines(path.join(folder, "logs", name), "log-1.json");

// It can say no, too.
const broken = JSON.parse(report);
delete broken.summary.crash;
if (ajv.validate("report-1.json", broken)) {
	wrong++;
	console.log("a report without a count of crashes is taken");
}
console.log(`ajv: ${looked} looked at, ${wrong} wrong`);
process.exit(wrong || looked < 10 ? 1 : 0);

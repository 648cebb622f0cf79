// SPDX-License-Identifier: BSD-2-Clause
// Puts hostile text into a report and its logs, in every place that a system under test can write to.
import {readFileSync, writeFileSync} from 'node:fs';

const folder = process.argv[2];
export const MARKUP = '</script><script>hacked()</script><img src=x onerror="hacked()"><b>bold</b>&amp;';
const escapes = '\u001b]0;title\u0007\u001b[31m\u202e\u2028<!--';
const long = 'x'.repeat(10240);

const path = `${folder}/report.json`, report = JSON.parse(readFileSync(path, 'utf8'));
const hostile = `${MARKUP}${escapes}${long}`;
for (const c of report.cases) {
	c.reason = hostile;
	c.setup = MARKUP;
	c.verdict = 'fail';
	c.findings = [{verdict: 'fail', line: 9, reason: hostile, rules: c.rules, events: [20]}];
	c.measurements = {[MARKUP]: {value: 1, unit: MARKUP}};
}
report.sut.version = hostile;
report.lab = {name: MARKUP, [MARKUP]: [MARKUP, {[MARKUP]: long}]};
writeFileSync(path, JSON.stringify(report));

// A Login Response whose keys are markup, NUL and bytes that are no UTF-8.
const data = Buffer.concat([Buffer.from(`Key=${MARKUP}\0`), Buffer.from([0xff, 0xfe, 0xc0, 0x80, 0, 27, 91]), Buffer.from(`=${'y'.repeat(3000)}\0`)]);
const head = Buffer.alloc(76);
head[0] = 0x10;
head[28] = 0x23;
head.writeUIntBE(data.length, 33, 3);
const bytes = Buffer.concat([head, data, Buffer.alloc(-data.length & 3)]).toString('hex');
for (const c of report.cases) {
	const log = `${folder}/${c.log}`, lines = readFileSync(log, 'utf8').trimEnd().split('\n');
	const seq = lines.length, time = JSON.parse(lines[seq - 1]).time;
	const more = [{kind: 'note', name: MARKUP, text: hostile}, {kind: 'recv', conn: 1, name: 'recv', bytes},
		{kind: 'recv', conn: 1, name: 'recv', bytes: '00ff3c2f7363726970743e'}, {kind: 'check', name: MARKUP, text: MARKUP, rules: MARKUP, line: 9},
		{kind: 'step', text: MARKUP, line: 9}, {kind: 'sut', name: MARKUP, status: MARKUP, text: hostile}];
	writeFileSync(log, [...lines, ...more.map((event, i) => JSON.stringify({seq: seq + i + 1, time, ...event}))].join('\n') + '\n');
}

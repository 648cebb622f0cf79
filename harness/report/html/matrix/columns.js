// SPDX-License-Identifier: BSD-2-Clause
// What stands side by side: the systems, what each is called, and which of them are worth a look in pairs.

const matrix = JSON.parse(document.getElementById('data').textContent);
// What may tell two runs of one system apart, and what a change of it is called.
const TRAITS = [['fabric', 'fabric'], ['kernel', 'kernel'], ['lab', 'lab'], ['own_version', 'version']];

const columns = matrix.reports.map((r, at) => ({...r, at, system: `${r.role} ${r.sut}`, date: (r.started || '').slice(0, 10)}));
for (const c of columns) {
	// A driver's name says in brackets what it is; alone it will do where nobody else has it.
	const short = c.sut.split(' (')[0];
	c.name = columns.every((other) => other.sut === c.sut || other.sut.split(' (')[0] !== short) ? short : c.sut;
	// The kernel has a line of its own.
	c.own_version = c.version === `Linux ${c.kernel}` ? '' : c.version.replace(`, Linux ${c.kernel}`, '');
	c.label = [c.name, c.fabric, c.kernel, columns.every((other) => other.lab === c.lab) ? '' : c.lab].filter(Boolean).join(', ');
}
// Those of which nothing but the hour is told.
for (const c of columns) {
	const same = columns.filter((other) => other.label === c.label);
	if (same.length > 1 && !c.numbered)
		same.forEach((other, i) => Object.assign(other, {label: `${other.label} #${i + 1}`, numbered: true}));
}

for (const row of matrix.rows) {
	row.words = row.verdicts.map((v) => (v < 0 ? null : matrix.verdicts[v]));
	row.search = [row.id, row.title, row.purpose || '', row.place || ''].join('\n').toLowerCase();
}

function reasonOf(row, column) {
	return matrix.reasons[row.why[column.at]];
}

// Do those columns differ in that row? One that has no verdict differs from one that has, unless no system of its role has one.
function differsAmong(row, among) {
	const roles = new Set(among.filter((c) => row.words[c.at]).map((c) => c.role));
	return new Set(among.filter((c) => roles.has(c.role)).map((c) => row.words[c.at])).size > 1;
}

function bySystem(among) {
	const all = new Map();
	for (const c of among)
		all.set(c.system, [...(all.get(c.system) || []), c]);
	return [...all.values()];
}

// Two runs of one system that differ in one thing, or in the hour alone: "rxe beside siw", before beside after.
function pairs() {
	const found = [];
	for (const group of bySystem(columns)) {
		group.forEach((a, i) => group.slice(i + 1).forEach((b) => {
			const apart = TRAITS.filter(([trait]) => a[trait] !== b[trait]);
			if (apart.length > 1)
				return;
			const trait = apart.length ? apart[0][0] : a.started !== b.started ? 'started' : null;
			const alike = ['fabric', 'kernel'].filter((name) => name !== trait && columns.some((c) => c[name] !== a[name])).map((name) => a[name]);
			found.push({columns: [a, b], what: apart.length ? apart[0][1] : 'before and after',
				name: `${a.name}: ${trait ? `${a[trait]} beside ${b[trait]}` : `${a.label} beside ${b.label}`}${alike.length ? ` (${alike.join(', ')})` : ''}`});
		}));
	}
	return found;
}

function severity(verdict) {
	return {crash: 3, fail: 2, warn: 1}[verdict] || 0;
}

// How the second of a pair stands against the first.
function compared([a, b], rows) {
	const counts = {differ: 0, worse: 0, better: 0};
	for (const row of rows) {
		const [before, now] = [row.words[a.at], row.words[b.at]];
		counts.differ += before !== now;
		counts.worse += severity(now) > severity(before);
		counts.better += severity(now) < severity(before);
	}
	return counts;
}

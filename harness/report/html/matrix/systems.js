// SPDX-License-Identifier: BSD-2-Clause
// The first page: which systems, with what and where, how each came out, and what a change has changed.

function kindRows(part) {
	return matrix.rows.filter((row) => (part === 'rules') === (row.kind === 'rule'));
}

function standingOf(c) {
	const counts = Object.fromEntries(Object.entries(c.summary).filter(([, n]) => n));
	return [bar(counts), el('span', {class: 'note'}, countWords(counts) || 'no verdict'),
		c.complete ? null : el('strong', {class: 'bad'}, ` ${c.cases} of ${plural(c.planned, 'case')} only`)];
}

function systemRow(c) {
	const place = [c.fabric, c.kernel && `kernel ${c.kernel}`, c.kernel_package, c.lab && `lab ${c.lab}${c.clock ? ` (${c.clock} clock)` : ''}`].filter(Boolean);
	return el('tr', {},
		el('th', {scope: 'row'}, el('strong', {}, c.name), el('span', {class: 'title'}, sayWords([c.sut === c.name ? '' : c.sut, c.own_version, c.role].filter(Boolean).join(', ')))),
		el('td', {}, sayWords(place.join(', '))),
		el('td', {}, c.date || 'not told', el('span', {class: 'by'}, `iserspec ${c.tool_version || ''}${c.commit ? `, ${c.commit}` : ''}`)),
		el('td', {class: 'stand'}, standingOf(c)));
}

// "12 differ: 2 worse, 1 better", which leads to them.
function changed(pair, part) {
	const rows = kindRows(part), counts = compared(pair.columns, rows);
	if (!rows.length)
		return '';
	if (!counts.differ)
		return 'none';
	const where = new URLSearchParams({systems: pair.columns.map((c) => c.at).join(','), show: 'differ'});
	return [el('a', {href: `#/${part}?${where}`}, `${counts.differ} of ${rows.filter((row) => pair.columns.some((c) => row.words[c.at])).length}`),
		el('span', {class: 'by'}, [counts.worse && `${counts.worse} worse`, counts.better && `${counts.better} better`].filter(Boolean).join(', '))];
}

function pairsView() {
	const found = pairs();
	if (!found.length)
		return null;
	return el('section', {}, el('h2', {}, 'What a change has changed'),
		el('p', {}, 'Two runs of one system that differ in one thing. Worse and better are meant of the second, by what is broken in it: ', 'crash, fail, warn.'),
		table('Pairs of runs', ['Beside each other', 'Cases and monitors that differ', 'Rules that differ'], found.map((pair) => el('tr', {},
			el('th', {scope: 'row'}, pair.name, el('span', {class: 'title'}, pair.what)),
			el('td', {}, changed(pair, 'cases')), el('td', {}, changed(pair, 'rules')))), {class: 'list'}));
}

function datesOf() {
	const dates = [...new Set(columns.map((c) => c.date).filter(Boolean))].sort();
	if (!dates.length)
		return '';
	return dates.length === 1 ? `run on ${dates[0]}` : `run from ${dates[0]} to ${dates[dates.length - 1]}`;
}

function systemsView() {
	const cases = kindRows('cases').filter((row) => row.kind === 'case').length, rules = kindRows('rules').length;
	return el('section', {class: 'view'}, el('h1', {tabindex: -1}, 'iSER conformance, side by side'),
		el('p', {class: 'under'}, [plural(columns.length, 'run'), cases && plural(cases, 'case'), rules && plural(rules, 'rule'), datesOf()].filter(Boolean).join(' · ')),
		matrix.notes.map((note) => el('p', {class: 'standing told'}, sayWords(note))),
		matrix.left_out ? el('p', {class: 'note'}, `${plural(matrix.left_out, 'row')} in which nothing differs, or nothing of what was asked for stands, were left out when this page was made.`) : null,
		table('Systems', ['System', 'With what, and where', 'Run', 'Cases'], columns.map(systemRow), {class: 'list systems'}),
		pairsView(), legend());
}

function legend() {
	return el('section', {}, el('h2', {}, 'Verdicts'), el('ul', {class: 'legend'}, VERDICTS.map((v) => el('li', {}, badge(v), ': ', VERDICT_WORDS[v]))));
}

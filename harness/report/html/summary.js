// SPDX-License-Identifier: BSD-2-Clause
// The first page: how it went, what is broken, what was not tested.

function standing() {
	const counts = report.summary, rules = report.rules.filter((rule) => rule.verdict === 'fail' || rule.verdict === 'crash');
	const words = [];
	if (counts.fail)
		words.push(`${plural(counts.fail, 'case')} found a MUST broken`);
	if (counts.crash)
		words.push(`${plural(counts.crash, 'case')} ended with the system dead, hung, or closed to everybody`);
	if (!words.length)
		words.push(counts.pass ? 'No case found a MUST broken' : 'No case came to a verdict');
	const monitors = report.monitors.filter((m) => isRed(m.verdict)).length;
	if (monitors)
		words.push(`${plural(monitors, 'monitor')} saw one broken in passing`);
	return [words.join('; '), '. ', rules.length ? [`${plural(rules.length, 'rule')} of the RFCs `, rules.length === 1 ? 'is' : 'are', ' broken. '] : null,
		report.complete ? null : el('strong', {}, `The run did not come to its end: ${cases.length} of ${report.planned} cases have a verdict. `)];
}

function countCards() {
	return el('ul', {class: 'cards'}, VERDICTS.filter((v) => report.summary[v] || v === 'pass' || v === 'fail').map((v) =>
		el('li', {class: `v-${v}`}, el('a', {href: `#/cases?verdict=${v}`}, el('span', {class: 'big'}, report.summary[v]), ' ',
			el('span', {class: 'verdict'}, el('span', {'aria-hidden': 'true', class: 'glyph'}, GLYPHS[v]), v.replace('-', ' '))),
			el('span', {class: 'note'}, VERDICT_WORDS[v]))));
}

function worstCases() {
	const red = [...failures()].sort((a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict));
	if (!red.length)
		return null;
	return el('section', {}, el('h2', {}, 'What failed'), el('ul', {class: 'findings'}, red.map((c) =>
		el('li', {class: `finding v-${c.verdict}`}, el('p', {class: 'what'}, badge(c.verdict), ' ', caseLink(c.id), ' ', knownBadge(c), el('span', {class: 'title'}, c.title)),
			el('div', {}, sayWords(c.reason))))));
}

function brokenRules() {
	const broken = report.rules.filter((rule) => isRed(rule.verdict));
	if (!broken.length)
		return null;
	return el('section', {}, el('h2', {}, 'Rules that are broken'), table('Rules that are broken', ['Rule', 'In words', 'Found by'],
		broken.map((rule) => {
			const known = ruleOf.get(rule.id);
			return el('tr', {}, el('th', {scope: 'row'}, ruleLink(rule.id), el('span', {class: 'title'}, known.level, ', ', sectionLink(known.rfc, known.section))),
				el('td', {}, known.summary), el('td', {}, foundBy(rule)));
		}), {class: 'list'}));
}

function foundBy(rule) {
	const bad = rule.cases.filter((id) => caseOf.has(id)), shown = bad.slice(0, 6);
	return [rule.monitors.map((name) => [el('a', {href: `#/monitors?name=${encodeURIComponent(name)}`}, `monitor ${name}`), ' ']),
		shown.map((id, i) => [i ? ', ' : '', caseLink(id)]), bad.length > shown.length ? ` and ${bad.length - shown.length} more` : null];
}

function baselineView() {
	if (!report.baseline_summary)
		return null;
	const rows = [...cases, ...report.monitors].filter((c) => c.baseline && c.baseline.state !== 'known');
	const counts = report.baseline_summary;
	return el('section', {}, el('h2', {}, 'Against the baseline'),
		el('p', {}, `${counts.worse} worse than known, ${counts.new} new, ${counts.better} better than known, ${counts.known} as known.`),
		rows.length ? table('What differs from the baseline', ['Case', 'Now', 'Against the baseline'], rows.map((c) =>
			el('tr', {}, el('th', {scope: 'row'}, caseLink(c.id)), el('td', {}, badge(c.verdict)),
				el('td', {}, knownBadge(c), ' ', c.baseline.reason ? sayWords(c.baseline.reason) : null))), {class: 'list'}) : null);
}

// Why things were not tested, the commonest reason first.
function notTested() {
	const by = grouped(cases.filter((x) => x.verdict === 'not-applicable' || x.verdict === 'inconclusive'), (c) => `${c.verdict}\n${c.reason}`);
	if (!by.length)
		return null;
	return el('section', {}, el('h2', {}, 'What was not tested, and why'), table('What was not tested', ['Verdict', 'Reason', 'Cases'],
		by.map((list) => el('tr', {}, el('td', {class: 'verdict-cell'}, badge(list[0].verdict)),
			el('td', {}, sayWords(list[0].reason)),
			el('td', {}, list.length > 1 ? el('details', {}, el('summary', {}, plural(list.length, 'case')), el('ul', {class: 'plain-list'}, list.map((c) => el('li', {}, caseLink(c.id))))) : caseLink(list[0].id)))),
		{class: 'list'}));
}

function deviations() {
	const all = Object.entries(report.deviations || {});
	if (!all.length)
		return null;
	return el('section', {}, el('h2', {}, 'By profile'), el('p', {}, 'Rules broken or warned about that a profile does not permit either.'),
		el('ul', {class: 'plain-list'}, all.map(([name, rules]) => el('li', {}, el('strong', {}, name), `: ${plural(rules.length, 'rule')}`,
			name === report.profile ? ' (judged by)' : null,
			rules.length ? el('details', {}, el('summary', {}, 'which'), el('p', {}, rules.map((id) => [ruleLink(id), ' ']))) : null))));
}

function endings() {
	const counts = counted(cases.map((c) => c.close));
	return el('p', {class: 'note'}, 'Connections ended: ', Object.entries(counts).sort((a, b) => b[1] - a[1]).map(([how, n]) => `${n} ${how}`).join(', '), '.');
}

function chapters() {
	return el('section', {}, el('h2', {}, 'By chapter of the RFCs'), el('p', {class: 'note'}, el('a', {href: '#/map'}, 'The whole table of contents'), ' has every section.'),
		[7145, 7143].map((rfc) => mapTable(rfc, 1, false)));
}

function preflightView() {
	const p = report.preflight;
	if (!p || p.verdict === 'pass')
		return null;
	return el('section', {}, el('h2', {}, 'The session before the first case'), el('div', {}, badge(p.verdict), ' ', sayWords(p.setup || p.reason)));
}

function placeWordsOfRun() {
	const lab = report.lab || {};
	return [report.sut.version, report.sut.role, report.fabric, lab.name && `lab ${lab.name}${lab.clock ? ` (${lab.clock} clock)` : ''}`].filter(Boolean).join(' · ');
}

function summaryView() {
	return el('section', {class: 'view'}, el('h1', {tabindex: -1}, report.sut.name), el('p', {class: 'under'}, placeWordsOfRun()),
		el('p', {class: `standing ${report.summary.fail || report.summary.crash ? 'red' : ''}`}, standing()),
		bar(report.summary, `Cases: ${countWords(report.summary)}`), countCards(), endings(),
		preflightView(), baselineView(), worstCases(), brokenRules(), chapters(), notTested(), deviations());
}

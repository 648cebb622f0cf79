// SPDX-License-Identifier: BSD-2-Clause
// The RFCs' tables of contents, and where the system stands in each section.

function partsOf(number) {
	return number.split('.');
}

function isWithin(number, section) {
	return number === section || number.startsWith(`${section}.`);
}

// Rules of the ledger that bind the side under test, by section.
function rulesWithin(rfc, section) {
	return [...ruleOf.values()].filter((rule) => rule.rfc === rfc && bindsUs(rule) && isWithin(rule.section, section));
}

function mapRow(rfc, number, title, rules) {
	const counts = counted(rules.map(ruleVerdict));
	const worst = rules.map(ruleVerdict).reduce(worse, 'not-judged');
	const depth = partsOf(number).length;
	return el('tr', {class: `depth-${Math.min(depth, 5)}${rules.length ? '' : ' empty'}`},
		el('th', {scope: 'row'}, rules.length ? el('a', {href: `#/rules?section=${rfc}-${number}`}, number, ' ', title) : `${number} ${title}`),
		el('td', {class: 'verdict-cell'}, rules.length ? badge(worst) : null),
		el('td', {class: 'stand'}, rules.length ? [bar(counts), el('span', {class: 'note'}, countWords(counts))] : el('span', {class: 'note'}, 'no rule')));
}

function mapTable(rfc, deepest, empty) {
	const rows = report.sections.filter(([of, number]) => of === rfc && partsOf(number).length <= deepest)
		.map(([, number, title]) => [number, title, rulesWithin(rfc, number)])
		.filter(([number, , rules]) => rules.length || (empty && number) || partsOf(number).length === 1)
		.map(([number, title, rules]) => mapRow(rfc, number, title, rules));
	return [el('h3', {}, `RFC ${rfc}, ${rfc === 7145 ? 'iSER' : 'iSCSI'}`),
		table(`Sections of RFC ${rfc}, the worst verdict in each, and how its rules stand`, ['Section', 'Worst', 'Its rules, and those of the sections below'], rows, {class: 'list map'})];
}

function mapView() {
	const place = el('div');
	const draw = (empty) => {
		place.replaceChildren();
		put(place, [7145, 7143].map((rfc) => mapTable(rfc, 9, empty)));
	};
	draw(false);
	const binding = [...ruleOf.values()].filter(bindsUs), judged = binding.filter((rule) => rule.verdict);
	return el('section', {class: 'view'}, el('h1', {tabindex: -1}, 'Map of the RFCs'),
		el('p', {}, `${plural(binding.length, 'rule')} of RFC 7145 and RFC 7143 bind the ${report.sut.role} over iSER; this run judged ${judged.length} of them.`),
		el('p', {class: 'plainly'}, el('label', {}, el('input', {type: 'checkbox', change: (event) => draw(event.target.checked)}), ' also sections that have no rule')),
		el('ul', {class: 'legend', 'aria-label': 'Verdicts'}, [...VERDICTS, 'not-judged'].map((v) => el('li', {}, badge(v), ' ', VERDICT_WORDS[v]))), place);
}

// SPDX-License-Identifier: BSD-2-Clause
// What the page of a report is: its parts, its keys, what is printed.

let caseList = null, ruleList = null, lastList = '#/cases';

function viewOf(part, query) {
	if (part.startsWith('case/')) {
		const id = part.slice('case/'.length);
		const c = id === 'preflight' ? report.preflight : caseOf.get(id);
		return c ? caseView(c) : el('section', {class: 'view'}, el('h1', {tabindex: -1}, 'No such case'), el('p', {}, el('code', {}, id), ' is not in this report.'));
	}
	switch (part) {
	case 'map':
		return mapView();
	case 'cases':
		caseList = caseList || new CaseList();
		return caseList.node;
	case 'rules':
		ruleList = ruleList || new RuleList();
		return ruleList.node;
	case 'monitors':
		return monitorView(query);
	case 'measurements':
		return measureView();
	case 'run':
		return runView();
	default:
		return summaryView();
	}
}

function shownView(part, query) {
	if (part === 'cases') {
		caseList.apply(query);
		lastList = location.hash;
	}
	if (part === 'rules')
		ruleList.apply(query);
}

// The next (1) or last (-1) case that failed, from the one that is shown.
function step(by) {
	const red = failures(), [part] = address();
	if (!red.length)
		return;
	const at = cases.indexOf(caseOf.get(part.replace(/^case\//, '')));
	const ahead = by > 0 ? red.find((c) => cases.indexOf(c) > at) : [...red].reverse().find((c) => at < 0 || cases.indexOf(c) < at);
	go(`#/case/${(ahead || (by > 0 ? red[0] : red[red.length - 1])).id}`);
}

function printedCase(c) {
	return el('tr', {}, el('td', {class: 'verdict-cell'}, badge(c.verdict)), el('td', {}, el('code', {}, c.id), ' ', c.title,
		c.verdict === 'pass' ? null : el('span', {class: 'reason'}, c.reason)));
}

// The summary is printed with what a reader of paper cannot click to; all else with what is folded away.
function beforePrint() {
	const printed = document.getElementById('printed');
	printed.replaceChildren();
	if (shownPart !== '') {
		for (const details of document.querySelectorAll('main details'))
			details.open = true;
		return;
	}
	printed.hidden = false;
	put(printed, [mapView(), el('section', {}, el('h1', {}, 'All cases'), table('All cases', ['Verdict', 'Case'], cases.map(printedCase), {class: 'list printed-cases'})), runView()]);
}

function afterPrint() {
	const printed = document.getElementById('printed');
	printed.hidden = true;
	printed.replaceChildren();
}

const PAGE = {
	system: report.sut.name,
	made: [`iserspec ${report.tool_version}`, report.host && report.host.started ? `, run of ${report.host.started}` : ''],
	title: `${report.sut.name}, iSER conformance`,
	tabs: [['#/', 'Summary'], ['#/map', 'Map'], ['#/cases', 'Cases'], ['#/rules', 'Rules'], ['#/monitors', 'Monitors'], ['#/measurements', 'Measurements'], ['#/run', 'This run']],
	keys: [['/', 'search the cases', () => searchIn('cases')], ['n', 'next case that failed or crashed', () => step(1)], ['p', 'the one before', () => step(-1)], ['?', 'this', showKeys]],
	keeps: (part) => part === 'cases' || part === 'rules',
	view: viewOf,
	shown: shownView,
	tabOf: (part) => (part.startsWith('case/') ? '#/cases' : `#/${part}`),
	print: beforePrint,
	printed: afterPrint,
};

// SPDX-License-Identifier: BSD-2-Clause
// Which part is shown, the keyboard, and print.

const TABS = [['#/', 'Summary'], ['#/map', 'Map'], ['#/cases', 'Cases'], ['#/rules', 'Rules'], ['#/monitors', 'Monitors'], ['#/measurements', 'Measurements'], ['#/run', 'This run']];

let caseList = null, ruleList = null, shownPart = null, lastList = '#/cases';

function go(hash, quietly) {
	if (quietly)
		location.replace(hash);
	else
		location.hash = hash;
}

// ["case/target/nop/echo", query]
function address() {
	const hash = decodeURI(location.hash.replace(/^#\/?/, '')), mark = hash.indexOf('?');
	return mark < 0 ? [hash, new URLSearchParams()] : [hash.slice(0, mark), new URLSearchParams(hash.slice(mark + 1))];
}

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

function route() {
	const [part, query] = address(), main = document.getElementById('main');
	const same = part === shownPart && (part === 'cases' || part === 'rules');
	if (part === 'main')
		return main.focus();
	if (!same)
		main.replaceChildren(viewOf(part, query));
	if (part === 'cases') {
		caseList.apply(query);
		lastList = location.hash;
	}
	if (part === 'rules')
		ruleList.apply(query);
	const heading = main.querySelector('h1');
	if (!same && shownPart !== null) {
		scrollTo(0, 0);
		heading.focus({preventScroll: true});
	}
	shownPart = part;
	document.title = `${part ? `${heading.textContent} · ` : ''}${report.sut.name}, iSER conformance`;
	const tab = part.startsWith('case/') ? '#/cases' : `#/${part}`;
	for (const link of document.querySelectorAll('#tabs a')) {
		if (link.getAttribute('href') === tab)
			link.setAttribute('aria-current', 'page');
		else
			link.removeAttribute('aria-current');
	}
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

function search() {
	const there = address()[0] === 'cases';
	if (!there)
		go('#/cases');
	setTimeout(() => document.getElementById('search').focus(), there ? 0 : 60);
}

function typed(event) {
	const dialog = document.getElementById('keys');
	if (event.ctrlKey || event.metaKey || event.altKey || dialog.open || !document.getElementById('keys-on').checked ||
		event.target.closest('input:not([type=checkbox]), select, textarea'))
		return;
	const act = {'/': search, 'n': () => step(1), 'p': () => step(-1), '?': () => dialog.showModal()}[event.key];
	if (act) {
		event.preventDefault();
		act();
	}
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

function start() {
	put(document.getElementById('system'), [report.sut.name]);
	put(document.getElementById('tabs'), TABS.map(([href, name]) => el('li', {}, el('a', {href}, name))));
	put(document.getElementById('made'), [`iserspec ${report.tool_version}`, report.host && report.host.started ? `, run of ${report.host.started}` : '']);
	document.getElementById('keys-open').addEventListener('click', () => document.getElementById('keys').showModal());
	document.querySelector('.skip').addEventListener('click', (event) => {
		event.preventDefault();
		document.getElementById('main').focus();
	});
	addEventListener('hashchange', route);
	addEventListener('keydown', typed);
	addEventListener('beforeprint', beforePrint);
	addEventListener('afterprint', afterPrint);
	route();
}

document.addEventListener('DOMContentLoaded', start);

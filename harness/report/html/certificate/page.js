// SPDX-License-Identifier: BSD-2-Clause
// A certificate: a first sheet that a laboratory signs, and what stands behind it.

const facts = JSON.parse(document.getElementById('data').textContent);
const who = facts.system;

const OF_RESULT = {
	'conforms': 'No rule that says MUST is broken, every case of the suite came to a verdict, and what is claimed is there.',
	'deviates': 'Something that the RFCs demand, or the vendor claims, is not so.',
	'not established': 'Nothing speaks against the system, but not all of the suite came to a verdict.',
};

function joined(separator, ...parts) {
	return parts.filter(Boolean).join(separator);
}

function systemName() {
	return joined(' ', who.vendor, who.system) || who.sut;
}

function factList(rows) {
	return el('dl', {class: 'facts'}, rows.filter(([, text]) => text).map(([name, text]) => el('div', {}, el('dt', {}, name), el('dd', {}, text))));
}

function wholeTable(title, caption, heads, rows, attributes) {
	return el('section', {}, el('h2', {}, title), rows.length ? table(caption, heads, rows, {class: 'list', ...attributes}) : el('p', {}, 'None.'));
}

// ---- the first sheet ----

function resultView() {
	const {verdict, against, open} = facts.result, why = [...against, ...open];
	return el('div', {class: `standing result-${verdict.replace(' ', '-')}`}, el('p', {class: 'lead'}, el('strong', {class: 'said-result'}, verdict)),
		el('p', {}, OF_RESULT[verdict]), why.length ? el('ul', {}, why.map((one) => el('li', {}, one))) : null);
}

function systemView() {
	return factList([
		['System', joined(', ', systemName(), who.version)],
		['Contact', who.contact],
		['Tested was', joined('; ', who.sut, who.sut_version)],
		['Role', who.role],
		['Runs', joined(', ', plural(facts.runs.length, 'run'), [...new Set(facts.runs.map((run) => (run.started || '').slice(0, 10)))].filter(Boolean).join(' and '))],
		['Judged by', joined(', ', `iserspec ${facts.tool.version}`, `commit ${facts.tool.commit}`)],
		['Rules', facts.tool.ledger && el('code', {}, facts.tool.ledger.sha256)],
	]);
}

function claimState(claim) {
	if (!claim.claimed)
		return badge('not-applicable', 'not claimed, not judged');
	if (claim.kept === undefined)
		return badge('not-judged', claim.cases ? 'none of its cases was run' : 'no case of this role hangs on it');
	return claim.kept ? badge('pass', 'claimed, and there') : badge('fail', 'claimed, and not there');
}

function claimsView() {
	if (!facts.claims.length)
		return el('section', {}, el('h2', {}, 'What the vendor claims'), el('p', {}, 'Nothing; all that the system showed was judged.'));
	return wholeTable('What the vendor claims', 'Options, and whether they were there', ['Option', 'Outcome', 'Cases judged'], facts.claims.map((claim) =>
		el('tr', {}, el('th', {scope: 'row'}, el('span', {class: 'id'}, claim.option), el('span', {class: 'title'}, claim.says)),
			el('td', {}, claimState(claim), claim.reason ? el('span', {class: 'reason'}, claim.reason) : null),
			el('td', {class: 'number'}, claim.claimed ? `${claim.judged} of ${claim.cases}` : ''))));
}

function added(to, counts) {
	for (const [verdict, n] of Object.entries(counts))
		to[verdict] = (to[verdict] || 0) + n;
	return to;
}

// Sections put together, in their order.
function chapters() {
	const all = new Map();
	for (const row of facts.sections) {
		if (!all.has(row.chapter))
			all.set(row.chapter, {name: row.chapter, rules: 0, judged: 0, counts: {}});
		const chapter = all.get(row.chapter);
		chapter.rules += row.rules;
		chapter.judged += row.judged;
		added(chapter.counts, judgedCounts(row));
	}
	return [...all.values()];
}

// Of a section's rules, those that nothing was said about as well.
function judgedCounts(row) {
	const counts = {...row.summary};
	delete counts.inconclusive;
	delete counts['not-applicable'];
	return {...counts, 'not-judged': row.rules - row.judged};
}

function standingCells(counts, judged, rules) {
	return [el('td', {class: 'number'}, `${judged} of ${rules}`), el('td', {class: 'stand'}, bar(counts), el('span', {class: 'note'}, countWords(counts)))];
}

function chaptersView() {
	return wholeTable('Result by chapter of the RFCs', 'Rules that bind this role, by chapter', ['Chapter', 'Rules judged', 'How they came out'],
		chapters().map((one) => el('tr', {}, el('th', {scope: 'row'}, one.name), standingCells(one.counts, one.judged, one.rules))), {class: 'list map'});
}

function signatureLine(words) {
	return el('div', {class: 'sign'}, el('span', {class: 'rule'}), el('span', {}, words));
}

function signatureView() {
	return el('section', {class: 'signature'}, el('h2', {}, 'Signature'),
		el('p', {}, 'Every verdict here follows from the event logs in the archive that this page is part of. That those were made by the system that is named, at the hour that is named, is the word of who signs.'),
		el('div', {class: 'signs'}, ['Laboratory', 'Name and function', 'Place and date', 'Signature'].map(signatureLine)),
		el('p', {class: 'note'}, 'Besides, ', el('code', {}, 'manifest.sig'), ' in the archive is an Ed25519 signature of ', el('code', {}, 'manifest'),
			', which has the SHA-256 of every file, of this page too. Whoever has the key of the laboratory checks it, and every verdict, without the system: ',
			el('code', {}, 'iserspec verify --public-key KEY ARCHIVE')));
}

function firstSheet() {
	return el('section', {class: 'sheet'}, el('p', {class: 'under'}, 'Certificate of a test for iSER conformance: RFC 7145, and RFC 7143 where it binds the wire'),
		el('h1', {tabindex: -1}, systemName()), resultView(), systemView(),
		el('h2', {}, 'Cases'), bar(facts.summary, `Cases: ${countWords(facts.summary)}`), el('p', {}, countWords(facts.summary), '.'),
		claimsView(), chaptersView(), signatureView());
}

// ---- what stands behind it ----

function seenIn(row) {
	const all = [...row.monitors.map((name) => `monitor ${name}`), ...row.cases], first = all.slice(0, 6), rest = all.slice(6);
	const names = (list) => list.map((name, i) => [i ? ', ' : '', el('span', {class: 'id'}, name)]);
	return [names(first), rest.length ? el('details', {}, el('summary', {}, `and ${rest.length} more`), names(rest)) : null];
}

function deviationsView() {
	return wholeTable('Deviations', 'Rules that are broken, or not kept where they should be', ['Verdict', 'Rule', 'In words', 'Seen in'], facts.deviations.map((row) =>
		el('tr', {}, el('td', {class: 'verdict-cell'}, badge(row.verdict)),
			el('th', {scope: 'row'}, el('span', {class: 'id'}, row.rule), el('span', {class: 'title'}, joined(', ', row.level, row.section))),
			el('td', {}, row.summary), el('td', {}, seenIn(row)))));
}

function casesView(title, note, rows) {
	if (!rows.length)
		return null;
	return el('section', {}, el('h2', {}, title), note ? el('p', {}, note) : null, table(title, ['Verdict', 'Case', 'Why'], rows.map((row) =>
		el('tr', {}, el('td', {class: 'verdict-cell'}, row.unstable ? badge('inconclusive', 'unstable') : badge(row.verdict)),
			el('th', {scope: 'row'}, el('span', {class: 'id'}, row.case), row.option ? el('span', {class: 'title'}, `hangs on ${row.option}`) : null),
			el('td', {}, row.reason ? sayWords(row.reason) : null))), {class: 'list'}));
}

function sectionsView() {
	return wholeTable('Result by section', 'Rules that bind this role, by section', ['Section', 'Rules judged', 'How they came out'], facts.sections.map((row) =>
		el('tr', {}, el('th', {scope: 'row'}, row.section, el('span', {class: 'title'}, row.title)), standingCells(judgedCounts(row), row.judged, row.rules))), {class: 'list map'});
}

// Cases of one reason in one row, the commonest reason first.
function untestedRows(rows, words) {
	const by = grouped(rows, (row) => row.reason || words);
	return by.map((list) => el('tr', {}, el('td', {}, sayWords(list[0].reason || words)),
		el('td', {}, list.length > 1 ? el('details', {}, el('summary', {}, plural(list.length, 'case')), el('ul', {class: 'plain-list'}, list.map((row) => el('li', {class: 'id'}, row.case))))
			: el('span', {class: 'id'}, list[0].case))));
}

function untestedView() {
	const rules = facts.sections.reduce((sum, row) => sum + row.rules, 0), judged = facts.sections.reduce((sum, row) => sum + row.judged, 0);
	return el('section', {}, el('h2', {}, 'What was not tested, and why'),
		el('p', {}, `${rules - judged} of the ${rules} rules that bind this role were not judged: some cannot be seen from outside, for others nothing occurred by which to judge. `,
			el('code', {}, 'iserspec list --rules'), ' has the reason of each that nothing checks.'),
		table('Cases that did not apply or were not run', ['Why', 'Cases'],
			[...untestedRows(facts.not_applicable, 'it did not apply'), ...untestedRows(facts.not_run, 'it was not run')], {class: 'list'}));
}

function runsView() {
	return wholeTable('The runs', 'The runs', ['Run', 'When', 'Where, and what', 'Cases'], facts.runs.map((run) => {
		const lab = run.lab || {}, kernel = lab.kernel && lab.kernel.release;
		return el('tr', {}, el('th', {scope: 'row'}, run.number), el('td', {}, run.started || 'not told'),
			el('td', {}, joined('; ', joined(' ', lab.name && `lab ${lab.name}`, lab.fabric), kernel && `kernel ${kernel}`, run.device, run.sut_version)),
			el('td', {}, countWords(run.summary), run.complete ? null : el('strong', {class: 'bad'}, ', did not come to its end')));
	}));
}

function view() {
	return el('section', {class: 'view certificate'}, firstSheet(), deviationsView(), casesView('Cases that fail', null, facts.failures),
		casesView('Inconclusive or unstable', 'Unstable: runs that should have been the same came out differently.', facts.undecided),
		sectionsView(), untestedView(),
		casesView('Beside the claims', 'What is not claimed is judged by nobody: this is in no figure above.', facts.beside_the_claims), runsView());
}

function openAll() {
	for (const details of document.querySelectorAll('main details'))
		details.open = true;
}

const PAGE = {
	system: systemName(),
	made: [`iserspec ${facts.tool.version}`],
	title: `${systemName()}, iSER conformance certificate`,
	tabs: [],
	keys: [],
	keeps: () => true,
	view,
	shown: () => {},
	tabOf: () => '',
	print: openAll,
	printed: () => {},
};

// SPDX-License-Identifier: BSD-2-Clause
// The report, and ways to find things in it.

const report = JSON.parse(document.getElementById('data').textContent);
const cases = report.cases;
const caseOf = new Map(cases.map((c) => [c.id, c]));
const ruleOf = new Map(report.ledger.map((rule) => [rule.id, rule]));
const titleOf = new Map(report.sections.map(([rfc, number, title]) => [`${rfc} ${number}`, title]));

for (const rule of report.rules) {
	// A rule that the ledger of now does not have is shown all the same.
	if (!ruleOf.has(rule.id))
		ruleOf.set(rule.id, {id: rule.id, rfc: 0, section: rule.section || '', level: rule.level, role: 'both', summary: rule.summary || '', shows: true});
	Object.assign(ruleOf.get(rule.id), {verdict: rule.verdict, cases: rule.cases, monitors: rule.monitors});
}

for (const c of cases) {
	const [role, group] = c.id.split('/');
	c.role = role;
	c.group = group || '';
	c.all_rules = [...new Set([...c.rules, ...c.findings.flatMap((f) => f.rules)])];
	c.search = [c.id, c.title, c.purpose, c.reason, c.verdict, ...c.all_rules, ...(c.tags || []),
		...c.findings.map((f) => f.reason)].join('\n').toLowerCase();
	c.alarm = c.findings.filter((f) => f.monitor && VERDICTS.indexOf(f.verdict) <= VERDICTS.indexOf('warn'));
}

function bindsUs(rule) {
	return rule.role === 'both' || rule.role === report.sut.role;
}

function ruleVerdict(rule) {
	return rule.verdict || 'not-judged';
}

// Why a rule has no verdict.
function whyNot(rule) {
	if (!bindsUs(rule))
		return `binds the ${rule.role} alone`;
	if (rule.reason)
		return rule.reason;
	return 'no case of this run, and no monitor, came to judge it';
}

function sectionLink(rfc, section) {
	if (!rfc)
		return section;
	const letter = /^[A-Z]/.test(section);
	return el('a', {href: `https://www.rfc-editor.org/rfc/rfc${rfc}#${letter ? 'appendix' : 'section'}-${section}`, rel: 'noreferrer'},
		`RFC ${rfc} ${section}`);
}

function ruleLink(id) {
	return el('a', {href: `#/rules?rule=${encodeURIComponent(id)}`, class: 'id'}, id);
}

function caseLink(id) {
	return caseOf.has(id) ? el('a', {href: `#/case/${id}`, class: 'id'}, id) : el('span', {class: 'id'}, id);
}

// "MUST, RFC 7145 5.1.3: in words"
function ruleWords(id) {
	const rule = ruleOf.get(id);
	return el('li', {}, ruleLink(id), ' ',
		rule ? [el('strong', {}, rule.level), ', ', sectionLink(rule.rfc, rule.section),
			titleOf.has(`${rule.rfc} ${rule.section}`) ? `, ${titleOf.get(`${rule.rfc} ${rule.section}`)}` : '',
			': ', rule.summary] : 'which this ledger does not have');
}

function failures() {
	return cases.filter((c) => isRed(c.verdict));
}

// What an element with a packed log holds.
async function unpack(index) {
	const text = atob(document.getElementById(`log-${index}`).textContent);
	const bytes = Uint8Array.from(text, (ch) => ch.charCodeAt(0));
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
	return JSON.parse(await new Response(stream).text());
}

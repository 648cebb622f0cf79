// SPDX-License-Identifier: BSD-2-Clause
// Rules, monitors, measurements, and what the run was.

function ruleRow(rule) {
	return el('tr', {id: `rule-${rule.id}`, tabindex: -1},
		el('td', {class: 'verdict-cell'}, badge(ruleVerdict(rule))),
		el('th', {scope: 'row'}, el('span', {class: 'id'}, rule.id), el('span', {class: 'title'}, rule.level, ', ', rule.role, ', ', sectionLink(rule.rfc, rule.section))),
		el('td', {}, rule.summary, rule.verdict ? el('span', {class: 'by'}, foundBy(rule)) : el('span', {class: 'note'}, `Not judged: ${whyNot(rule)}`)));
}

class RuleList {
	constructor() {
		const all = [...ruleOf.values()].sort((a, b) => a.rfc - b.rfc || a.section.localeCompare(b.section, 'en', {numeric: true}) || a.id.localeCompare(b.id, 'en', {numeric: true}));
		this.rows = all.map((rule) => [rule, ruleRow(rule)]);
		this.count = el('p', {role: 'status'});
		const counts = counted(all.map(ruleVerdict));
		this.form = el('form', {class: 'filters', role: 'search', 'aria-label': 'Rules', submit: (event) => event.preventDefault()},
			el('label', {class: 'search'}, el('span', {}, 'Search'), el('input', {type: 'search', name: 'q', autocomplete: 'off', spellcheck: 'false'})),
			chooser('Verdict', 'verdict', new Set([...VERDICTS, 'not-judged'].filter((v) => counts[v]))),
			chooser('Binds', 'role', new Set(all.map((rule) => rule.role))),
			el('label', {}, el('span', {}, 'Section'), el('input', {name: 'section', size: 14, placeholder: '7145-5.1.3', autocomplete: 'off', spellcheck: 'false'})),
			el('button', {type: 'reset', class: 'plain'}, 'Show all'));
		this.form.addEventListener('input', () => {
			const query = new URLSearchParams();
			for (const [name, value] of new FormData(this.form))
				if (value)
					query.set(name, value);
			go(`#/rules${query.size ? `?${query}` : ''}`, true);
		});
		this.form.addEventListener('reset', () => setTimeout(() => go('#/rules', true)));
		this.node = el('section', {class: 'view'}, el('h1', {tabindex: -1}, 'Rules'),
			el('p', {}, 'What the RFCs demand over iSER, in our words; the worst of what cases and monitors saw.'), this.form, this.count,
			table('Rules of both RFCs', ['Verdict', 'Rule', 'In words'], this.rows.map(([, row]) => row), {class: 'list'}));
	}

	apply(query) {
		for (const name of ['q', 'verdict', 'role', 'section']) {
			const input = this.form.elements[name];
			if (input && input !== document.activeElement)
				input.value = query.get(name) || '';
		}
		const words = wantedWords(query), [rfc, section] = (query.get('section') || '').split('-');
		let n = 0;
		for (const [rule, row] of this.rows) {
			const text = `${rule.id} ${rule.level} ${rule.summary} ${rule.section}`.toLowerCase();
			row.hidden = !((!query.get('verdict') || ruleVerdict(rule) === query.get('verdict')) && (!query.get('role') || rule.role === query.get('role')) &&
				(!rfc || String(rule.rfc) === rfc) && (!section || isWithin(rule.section, section)) && (!query.get('rule') || rule.id === query.get('rule')) &&
				words.every((word) => text.includes(word)));
			n += !row.hidden;
		}
		const title = section && titleOf.get(`${rfc} ${section}`);
		this.count.textContent = `${n} of ${plural(this.rows.length, 'rule')}${title ? ` in RFC ${rfc} ${section}, ${title}` : ''}`;
	}
}

function monitorView(query) {
	const name = query.get('name'), rows = report.monitors.filter((m) => !name || m.id === `monitor/${name}`);
	rows.sort((a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) || a.id.localeCompare(b.id));
	return el('section', {class: 'view'}, el('h1', {tabindex: -1}, 'Monitors'),
		el('p', {}, 'They look at all traffic of every case, whatever the case is about.', name ? [' ', el('a', {href: '#/monitors'}, 'All of them')] : null),
		table('Monitors', ['Verdict', 'Monitor', 'What it found'], rows.map((m) => {
			const short = m.id.replace('monitor/', ''), bad = m.findings.filter((f) => f.verdict !== 'pass');
			const among = cases.filter((c) => c.alarm.some((f) => f.monitor === short)).length;
			return el('tr', {}, el('td', {class: 'verdict-cell'}, badge(m.verdict)),
				el('th', {scope: 'row'}, el('span', {class: 'id'}, short), ' ', knownBadge(m), el('span', {class: 'title'}, m.doc)),
				el('td', {}, among ? el('p', {}, el('a', {href: `#/cases?monitor=${encodeURIComponent(short)}`}, `in ${plural(among, 'case')}`)) : null,
					bad.length ? el('ul', {class: 'findings'}, bad.map((f) => el('li', {class: `finding v-${f.verdict}`},
						el('div', {class: 'what'}, badge(f.verdict), ' ', linkedReason(f.reason)), el('ul', {class: 'rules'}, f.rules.map(ruleWords))))) : m.verdict === 'pass' ? 'nothing wrong' : m.reason || 'nothing to judge'));
		}), {class: 'list'}));
}

// "CASE: what is wrong", the case as a link.
function linkedReason(reason) {
	const id = reason.slice(0, reason.indexOf(': '));
	return caseOf.has(id) ? [caseLink(id), sayWords(reason.slice(id.length))] : sayWords(reason);
}

function measureView() {
	const list = measuredList(cases);
	const by = new Map();
	for (const one of list) {
		const key = `${one[1]} ${one[2].unit}`;
		by.set(key, [...(by.get(key) || []), one]);
	}
	return el('section', {class: 'view'}, el('h1', {tabindex: -1}, 'Measurements'),
		list.length ? null : el('p', {}, 'No case of this run measured anything.'),
		list.length ? table('Measurements by name', ['Measured', 'In', 'Values'], [...by.values()].map((all) => {
			const unit = all[0][2].unit;
			const values = all.flatMap(([c, name, m]) => ((c.measured || {})[name] || [m.value]).filter((v) => v !== null));
			return el('tr', {}, el('th', {scope: 'row'}, all[0][1]),
				el('td', {}, el('ul', {class: 'plain-list'}, all.map(([c, , m]) => el('li', {}, caseLink(c.id), ': ', trim(m.value, 6), ' ', unit)))),
				el('td', {}, values.length > 1 ? strip(values, unit) : values.length ? `${trim(values[0], 6)} ${unit}` : 'no number'));
		}), {class: 'list'}) : null);
}

// Objects as lists within lists; what a report says of itself is not foreseen member by member.
function told(value) {
	if (Array.isArray(value))
		return value.length ? el('ul', {class: 'plain-list'}, value.map((one) => el('li', {}, told(one)))) : 'none';
	if (value && typeof value === 'object')
		return el('dl', {class: 'facts'}, Object.entries(value).map(([name, inner]) => fact(name.replaceAll('_', ' '), told(inner))));
	return sayWords(String(value));
}

function runView() {
	const {sut, provenance, lab, host} = report;
	const part = (title, value) => (value ? el('section', {}, el('h2', {}, title), told(value)) : null);
	return el('section', {class: 'view'}, el('h1', {tabindex: -1}, 'This run'),
		el('p', {}, 'What it was of, with what, and where. Only what stands under "Host" hangs on the machine and the hour.'),
		host && host.argv ? [el('h2', {}, 'Command'), copyable(host.argv, 'the command of the run')] : null,
		part('System under test', sut), part('Provenance', provenance), part('Lab', lab),
		part('Judging', {fabric: report.fabric, profile: report.profile || 'rfc7145', strict: report.strict, seed: report.seed, timeout_scale: report.timeout_scale,
			seconds: trim(report.seconds, 6), cases: `${cases.length} of ${report.planned}`, iserspec: report.tool_version}),
		part('Host', host));
}

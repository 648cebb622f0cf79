// SPDX-License-Identifier: BSD-2-Clause
// The list of cases: filters, which stand in the address, and search.

const FILTERS = ['role', 'group', 'tag', 'known'];

function isWanted(c, query) {
	const verdicts = wantedVerdicts(query), words = wantedWords(query);
	const rule = query.get('rule');
	return (!verdicts.length || verdicts.includes(c.verdict)) &&
		(!query.get('role') || c.role === query.get('role')) &&
		(!query.get('group') || c.group === query.get('group')) &&
		(!query.get('tag') || (c.tags || []).includes(query.get('tag'))) &&
		(!query.get('known') || (c.baseline && c.baseline.state === query.get('known'))) &&
		(!query.get('monitor') || c.alarm.some((f) => f.monitor === query.get('monitor'))) &&
		(!rule || c.all_rules.some((id) => id === rule || id.startsWith(`${rule}-`))) &&
		words.every((word) => c.search.includes(word));
}

function knownBadge(c) {
	return c.baseline ? el('span', {class: `known known-${c.baseline.state}`, title: c.baseline.reason || null},
		{known: 'as known', worse: 'worse than known', better: 'better than known', new: 'new'}[c.baseline.state]) : null;
}

function caseRow(c) {
	return el('tr', {},
		el('td', {class: 'verdict-cell'}, badge(c.verdict)),
		el('th', {scope: 'row'}, caseLink(c.id), el('span', {class: 'title'}, c.title),
			c.verdict !== 'pass' && c.reason ? el('span', {class: 'reason'}, c.reason) : null,
			c.alarm.length ? el('span', {class: 'reason monitors'}, 'monitors: ', [...new Set(c.alarm.map((f) => `${f.verdict} ${f.monitor}`))].join(', ')) : null),
		report.baseline_summary ? el('td', {}, knownBadge(c)) : null,
		el('td', {class: 'wide'}, c.close),
		el('td', {class: 'wide number'}, time(c.seconds * 1e9)));
}

class CaseList {
	constructor() {
		this.rows = cases.map((c) => [c, caseRow(c)]);
		this.count = el('p', {id: 'found', role: 'status'});
		const counts = counted(cases.map((c) => c.verdict));
		this.form = el('form', {class: 'filters', role: 'search', 'aria-label': 'Cases', submit: (event) => event.preventDefault()},
			searchField(),
			verdictChips(counts),
			chooser('Role', 'role', new Set(cases.map((c) => c.role))),
			chooser('Group', 'group', new Set(cases.map((c) => c.group))),
			chooser('Tag', 'tag', new Set(cases.flatMap((c) => c.tags || []))),
			report.baseline_summary ? chooser('Baseline', 'known', new Set(cases.filter((c) => c.baseline).map((c) => c.baseline.state))) : null,
			el('label', {}, el('span', {}, 'Rule'), el('input', {name: 'rule', list: 'rule-ids', autocomplete: 'off', spellcheck: 'false', size: 18})),
			el('datalist', {id: 'rule-ids'}, [...new Set(cases.flatMap((c) => c.all_rules))].sort().map((id) => el('option', {value: id}))),
			el('button', {type: 'reset', class: 'plain'}, 'Show all'));
		this.form.addEventListener('input', () => this.told());
		this.form.addEventListener('reset', () => setTimeout(() => go('#/cases', true)));
		this.node = el('section', {class: 'view'}, el('h1', {tabindex: -1}, 'Cases'), this.form, this.count,
			table('Cases and their verdicts', ['Verdict', 'Case', ...(report.baseline_summary ? ['Baseline'] : []),
				{text: 'Connection ended', class: 'wide'}, {text: 'Took', class: 'wide number'}], this.rows.map(([, row]) => row), {class: 'list cases'}));
	}

	// The form was changed: the address says so, and a reload or a link comes back to the same.
	told() {
		const query = new URLSearchParams(), data = new FormData(this.form);
		const verdicts = data.getAll('verdict');
		if (verdicts.length)
			query.set('verdict', verdicts.join(','));
		for (const name of ['q', 'rule', ...FILTERS])
			if (data.get(name))
				query.set(name, data.get(name));
		if (this.query && this.query.get('monitor'))
			query.set('monitor', this.query.get('monitor'));
		go(`#/cases${query.size ? `?${query}` : ''}`, true);
	}

	// The address was changed: the form says so.
	apply(query) {
		this.query = query;
		const verdicts = wantedVerdicts(query);
		for (const box of this.form.querySelectorAll('[name=verdict]'))
			box.checked = verdicts.includes(box.value);
		for (const name of ['q', 'rule', ...FILTERS]) {
			const input = this.form.elements[name];
			if (input && input !== document.activeElement)
				input.value = query.get(name) || '';
		}
		let n = 0;
		for (const [c, row] of this.rows) {
			row.hidden = !isWanted(c, query);
			n += !row.hidden;
		}
		this.count.textContent = `${n} of ${plural(cases.length, 'case')}${query.get('monitor') ? ` in which the monitor ${query.get('monitor')} found something` : ''}`;
	}
}

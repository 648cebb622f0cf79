// SPDX-License-Identifier: BSD-2-Clause
// Rows by systems: filters, which stand in the address, and what a row is about.

// A cell has little room; the legend has them whole.
const SHORT = {'not-applicable': 'n/a', 'inconclusive': 'unsure'};
const SHOWN = [['', 'all'], ['differ', 'systems differ'], ['within', 'one system differs in itself']];

function headCell(c) {
	const line = (text, name) => (text ? el('span', {class: name || 'trait'}, text) : null);
	return {class: 'system', text: [line(c.name, 'name'), line(c.own_version), line(c.fabric), line(c.kernel), line(c.lab), line(c.date), c.complete ? null : line('unfinished', 'trait bad')]};
}

function cell(row, column) {
	const verdict = row.words[column.at];
	if (!verdict)
		return el('td', {class: 'cell none'});
	const reason = reasonOf(row, column);
	return el('td', {class: `cell v-${verdict} is-${verdict}`, title: reason ? reason.slice(0, LONG / 4) : null},
		el('span', {'aria-hidden': 'true', class: 'glyph'}, GLYPHS[verdict]), SHORT[verdict] || verdict);
}

// Which systems may be looked at together: "0,1" and so on, by number.
function choices() {
	const all = [['', 'all']], add = (name, among) => among.length > 1 && among.length < columns.length && all.push([among.map((c) => c.at).join(','), name]);
	for (const role of ['target', 'initiator'])
		add(`${role}s`, columns.filter((c) => c.role === role));
	for (const group of bySystem(columns))
		add(group[0].name, group);
	for (const pair of pairs())
		add(pair.name, pair.columns);
	return all;
}

function select(label, name, options) {
	return el('label', {}, el('span', {}, label), el('select', {name}, options.map(([value, words]) => el('option', {value}, words))));
}

class Grid {
	constructor(part) {
		this.part = part;
		this.rows = kindRows(part).map((row) => this.row(row));
		this.count = el('p', {id: 'found', role: 'status'});
		const counts = {};
		for (const {row} of this.rows)
			for (const verdict of new Set(row.words.filter(Boolean)))
				counts[verdict] = (counts[verdict] || 0) + 1;
		this.form = el('form', {class: 'filters', role: 'search', 'aria-label': this.title(), submit: (event) => event.preventDefault()},
			searchField(), verdictChips(counts), select('Systems', 'systems', choices()), select('Rows', 'show', SHOWN),
			part === 'cases' ? select('Kind', 'kind', [['', 'all'], ['case', 'cases'], ['monitor', 'monitors']]) : null,
			el('button', {type: 'reset', class: 'plain'}, 'Show all'));
		this.form.addEventListener('input', () => this.told());
		this.form.addEventListener('reset', () => setTimeout(() => go(`#/${part}`, true)));
		this.table = table(this.title(), [{class: 'what', text: part === 'rules' ? 'Rule' : 'Case or monitor'}, ...columns.map(headCell)], this.rows.map(({tr}) => tr), {class: 'grid'});
		this.table.addEventListener('click', (event) => this.clicked(event));
		this.heads = [...this.table.querySelectorAll('thead th.system')];
		const box = scroller(`${this.title()} by systems`, this.table);
		box.classList.add('grid-box');
		this.node = el('section', {class: 'view'}, el('h1', {tabindex: -1}, this.title()), this.form, this.count, box, legend());
	}

	title() {
		return this.part === 'rules' ? 'Rules' : 'Cases and monitors';
	}

	row(row) {
		const cells = columns.map((c) => cell(row, c));
		const head = el('th', {scope: 'row', class: 'what'}, el('button', {type: 'button', class: 'open id', 'aria-expanded': 'false'}, row.id),
			el('span', {class: 'title'}, row.title || ''));
		return {row, cells, tr: el('tr', {}, head, cells)};
	}

	// What the row is about, and who comes out how, and why.
	detail({row}) {
		const by = new Map();
		for (const c of this.shown.filter((one) => row.words[one.at])) {
			const key = `${row.words[c.at]}\n${reasonOf(row, c)}`;
			by.set(key, [...(by.get(key) || []), c]);
		}
		return el('tr', {class: 'detail'}, el('td', {colspan: columns.length + 1}, el('div', {class: 'about'},
			el('p', {class: 'lead'}, row.title || row.id), row.place ? el('p', {class: 'note'}, row.place) : null, row.purpose ? el('p', {}, sayWords(row.purpose)) : null,
			el('ul', {class: 'findings'}, [...by.values()].map((same) => {
				const verdict = row.words[same[0].at], reason = reasonOf(row, same[0]);
				return el('li', {class: `finding v-${verdict}`}, el('p', {}, badge(verdict), ' ', same.map((c) => c.label).join('; ')), reason ? el('div', {}, sayWords(reason)) : null);
			})))));
	}

	clicked(event) {
		const button = event.target.closest('button.open');
		if (!button)
			return;
		const one = this.rows.find(({tr}) => tr === button.closest('tr')), open = one.detail;
		if (open)
			this.close(one);
		else
			one.tr.after(one.detail = this.detail(one));
		button.setAttribute('aria-expanded', String(!open));
	}

	close(one) {
		one.detail.remove();
		one.detail = null;
		one.tr.querySelector('.open').setAttribute('aria-expanded', 'false');
	}

	// The form was changed: the address says so.
	told() {
		const query = new URLSearchParams(), data = new FormData(this.form), verdicts = data.getAll('verdict');
		if (verdicts.length)
			query.set('verdict', verdicts.join(','));
		for (const name of ['q', 'systems', 'show', 'kind'])
			if (data.get(name))
				query.set(name, data.get(name));
		go(`#/${this.part}${query.size ? `?${query}` : ''}`, true);
	}

	isWanted(row) {
		const {verdicts, words, show, kind} = this.wanted;
		return this.shown.some((c) => row.words[c.at] && (!verdicts.length || verdicts.includes(row.words[c.at]))) &&
			(show !== 'differ' || differsAmong(row, this.shown)) &&
			(show !== 'within' || bySystem(this.shown).some((group) => differsAmong(row, group))) &&
			(!kind || row.kind === kind) && words.every((word) => row.search.includes(word));
	}

	showColumns(at) {
		this.shown = columns.filter((c) => !at.size || at.has(c.at));
		for (const c of columns) {
			const hidden = !this.shown.includes(c);
			if (this.heads[c.at].hidden === hidden)
				continue;
			this.heads[c.at].hidden = hidden;
			for (const {cells} of this.rows)
				cells[c.at].hidden = hidden;
		}
	}

	// The address was changed: the form says so.
	apply(query) {
		const numbers = (query.get('systems') || '').split(',').map(Number).filter((n) => columns[n]);
		this.wanted = {verdicts: wantedVerdicts(query), words: wantedWords(query), show: query.get('show') || '', kind: query.get('kind') || ''};
		for (const box of this.form.querySelectorAll('[name=verdict]'))
			box.checked = this.wanted.verdicts.includes(box.value);
		for (const name of ['q', 'systems', 'show', 'kind']) {
			const input = this.form.elements[name];
			if (input && input !== document.activeElement)
				input.value = query.get(name) || '';
		}
		this.showColumns(new Set(query.get('systems') ? numbers : []));
		let n = 0;
		for (const one of this.rows) {
			if (one.detail)
				this.close(one);
			one.tr.hidden = !this.isWanted(one.row);
			n += !one.tr.hidden;
		}
		this.count.textContent = `${n} of ${plural(this.rows.length, 'row')}, ${plural(this.shown.length, 'system')}`;
	}

	// Only what differs, and all again.
	toggle() {
		const input = this.form.elements.show;
		input.value = input.value === 'differ' ? '' : 'differ';
		this.told();
	}

	// The next (1) or last (-1) row that is shown in which something is broken, from the one that has the focus.
	step(by) {
		const red = this.rows.filter(({row, tr}) => !tr.hidden && this.shown.some((c) => isRed(row.words[c.at])));
		const at = this.rows.findIndex(({tr}) => tr.contains(document.activeElement)), place = (one) => this.rows.indexOf(one);
		const next = by > 0 ? red.find((one) => place(one) > at) || red[0] : red.filter((one) => at < 0 || place(one) < at).pop() || red[red.length - 1];
		if (!next)
			return;
		next.tr.scrollIntoView({block: 'center'});
		next.tr.querySelector('.open').focus({preventScroll: true});
	}
}

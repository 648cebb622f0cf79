// SPDX-License-Identifier: BSD-2-Clause
// The event log as a ladder: a table, so that it can be read in order, with a line drawn in each row.

const KIND = {message: 0, rdma: 1, connection: 2, buffers: 3, done: 4, memory: 5, step: 6, check: 7, measure: 8, note: 9};
const SIDE = {neither: 0, ours: 1, theirs: 2};
const TONES = ['plain', 'good', 'remark', 'wrong', 'bad'];
const STANDING = {untold: 0, some: 1, none: 2};
const LADDER_CHUNK = 200;

function rowOf(r) {
	return {seq: r[0], time: r[1], conn: r[2], kind: r[3], side: r[4], tone: TONES[r[5]], arrow: r[6] & 1, lost: r[6] & 2,
		quiet: r[6] & 4, line: r[7], label: r[8], words: r[9], ours: r[10], theirs: r[11]};
}

// From one lifeline to the other; what was not taken ends before its end.
function arrow(row) {
	const right = row.side === SIDE.ours, end = row.lost ? 82 : 100;
	const at = right ? end : 100 - end;
	const head = row.lost ? svg('path', {class: 'cross', d: 'M-5,-5L5,5M-5,5L5,-5'})
		: svg('path', {d: right ? 'M-9,-5L0,0L-9,5z' : 'M9,-5L0,0L9,5z'});
	return svg('svg', {class: `arrow kind-${row.kind}`, 'aria-hidden': 'true'},
		svg('line', {x1: right ? '0' : '100%', x2: `${at}%`, y1: 7, y2: 7}),
		svg('svg', {x: `${at}%`, y: 7, overflow: 'visible'}, head));
}

function sideWords(log, row) {
	const from = row.side === SIDE.ours ? log.ladder.ours : log.ladder.theirs;
	const to = row.side === SIDE.ours ? log.ladder.theirs : log.ladder.ours;
	if (row.arrow)
		return `${from} to ${to}${row.lost ? ', not taken' : ''}: `;
	return row.side === SIDE.neither ? '' : `${from}: `;
}

function ourBuffers(row) {
	if (row.ours < 0)
		return el('td', {class: 'rail'});
	return el('td', {class: row.ours ? 'rail some' : 'rail none'}, el('span', {class: 'count'}, row.ours));
}

function theirBuffers(row) {
	const none = row.theirs === STANDING.none;
	return el('td', {class: none ? 'rail none' : row.theirs === STANDING.some ? 'rail some' : 'rail'},
		none ? el('span', {class: 'count'}, '0') : null);
}

// What a row says, between the lifelines.
function laneOf(ladder, row) {
	const parts = [];
	if (row.kind === KIND.step)
		return el('td', {class: 'lane step'}, lineLink(row.line), ' ', el('code', {}, row.words));
	if (row.kind === KIND.check) {
		return el('td', {class: 'lane check'}, VERDICTS.includes(row.label) ? badge(row.label) : row.label, ' ', sayWords(row.words),
			row.line ? [' ', lineLink(row.line)] : null);
	}
	parts.push(el('span', {class: 'hidden'}, sideWords(ladder.log, row)));
	const message = ladder.log.messages[row.seq];
	if (message) {
		const open = el('button', {type: 'button', class: 'open', 'aria-expanded': 'false', click: () => ladder.toggle(row, open)}, row.label);
		parts.push(open);
	} else {
		parts.push(el('strong', {}, row.label));
	}
	parts.push(row.words ? [' ', message ? el('span', {class: 'words'}, row.words) : sayWords(row.words)] : null);
	return el('td', {class: `lane ${row.side === SIDE.theirs ? 'theirs' : 'ours'}${row.arrow ? '' : ' mark-only'}`},
		el('div', {class: message ? 'label' : 'said-whole'}, parts), row.arrow ? arrow(row) : null);
}

class Ladder {
	// c: the case; log: unpacked; proof: events that findings stand on; wrong: of messages, by event, the field that decided.
	constructor(c, log, proof, wrong) {
		Object.assign(this, {c, log, proof, wrong});
		this.rows = log.ladder.rows.map(rowOf);
		this.many = new Set(this.rows.map((row) => row.conn).filter(Boolean)).size > 1;
		this.all = false;
		this.body = el('tbody');
		this.more = el('p', {class: 'more'});
		this.node = el('div', {class: 'ladder-box'}, this.head(), this.table(), this.more);
		this.restart();
	}

	head() {
		const {windows} = this.log.ladder;
		const quiet = this.rows.some((row) => row.quiet);
		return el('div', {},
			windows.length ? el('ul', {class: 'windows'}, windows.slice(0, 6).map((w) => el('li', {},
				el('strong', {}, `No receive buffer at ${w.side === SIDE.ours ? this.log.ladder.ours : this.log.ladder.theirs}`),
				` from ${time(w.from)} to ${time(w.to)}: `, w.words, ' ', this.eventLink(w.from_seq), ' – ', this.eventLink(w.to_seq))),
			windows.length > 6 ? el('li', {}, `and ${windows.length - 6} more such windows`) : null) : null,
			quiet ? el('p', {class: 'plainly'}, el('label', {}, el('input', {type: 'checkbox', change: (event) => {
				this.all = event.target.checked;
				this.restart();
			}}), ` every one of the ${this.rows.length} events, also what says no more than that all is well`)) : null);
	}

	table() {
		const {ours, theirs} = this.log.ladder;
		return el('table', {class: 'ladder'},
			el('caption', {class: 'hidden'}, `What happened in ${this.c.id}, in order; receive buffers that stood at each side`),
			el('thead', {}, el('tr', {}, el('th', {scope: 'col'}, 'Time'),
				el('th', {scope: 'col', class: 'rail'}, el('span', {class: 'hidden'}, `receive buffers of ${ours}`)),
				el('th', {scope: 'col', class: 'ends'}, el('span', {}, ours), el('span', {}, theirs)),
				el('th', {scope: 'col', class: 'rail'}, el('span', {class: 'hidden'}, `receive buffers of ${theirs}`)))),
			this.body);
	}

	// What is shown, as [row or text] in order.
	list() {
		if (this.all)
			return this.rows;
		const {rows, stretches} = this.log.ladder.shown, out = [];
		for (const [first, n, times] of stretches) {
			for (let i = 0; i < n; i++)
				out.push(this.rows[rows[first + i]]);
			if (times > 1)
				out.push(`${n === 1 ? 'the same' : `these ${n}`} ${times - 1 === 1 ? 'once' : `${times - 1} times`} more`);
		}
		return out;
	}

	restart() {
		this.shown = this.list();
		this.drawn = 0;
		this.body.replaceChildren();
		this.draw(LADDER_CHUNK);
	}

	draw(n) {
		const until = Math.min(this.shown.length, this.drawn + n);
		for (; this.drawn < until; this.drawn++)
			this.body.append(this.rowNode(this.shown[this.drawn]));
		const left = this.shown.length - this.drawn;
		this.more.replaceChildren();
		if (left > 0) {
			put(this.more, [el('button', {type: 'button', class: 'plain', click: () => this.draw(LADDER_CHUNK)}, `the next ${Math.min(left, LADDER_CHUNK)}`),
				' ', el('button', {type: 'button', class: 'plain', click: () => this.draw(left)}, `all ${left} more rows`)]);
		}
	}

	rowNode(row) {
		if (typeof row === 'string')
			return el('tr', {class: 'fold'}, el('td', {}), el('td', {class: 'rail'}), el('td', {class: 'lane'}, `⋮ ${row}`), el('td', {class: 'rail'}));
		const proof = this.proof.has(row.seq);
		return el('tr', {id: `event-${row.seq}`, class: `tone-${row.tone}${proof ? ' proof' : ''}`, tabindex: -1},
			el('td', {class: 'when'}, time(row.time), el('span', {class: 'seq'}, ` #${row.seq}${this.many && row.conn ? ` c${row.conn}` : ''}`),
				proof ? el('strong', {class: 'flag'}, ' proof') : null),
			ourBuffers(row), laneOf(this, row), theirBuffers(row));
	}

	toggle(row, open) {
		const tr = open.closest('tr'), is = open.getAttribute('aria-expanded') === 'true';
		open.setAttribute('aria-expanded', String(!is));
		if (is) {
			tr.nextSibling.remove();
			return;
		}
		tr.after(el('tr', {class: 'detail'}, el('td', {colspan: 4}, messageView(this.log.messages[row.seq], this.wrong.get(row.seq)))));
	}

	eventLink(seq) {
		return el('a', {href: `#event-${seq}`, class: 'seq', click: (event) => {
			event.preventDefault();
			this.show(seq);
		}}, `#${seq}`);
	}

	// Draws as far as that event, the quiet ones if it is one of them, and goes there.
	show(seq) {
		const isAt = (row) => row.seq === seq;
		if (!this.shown.some(isAt)) {
			this.all = true;
			const box = this.node.querySelector('input');
			if (box)
				box.checked = true;
			this.restart();
		}
		const place = this.shown.findIndex(isAt);
		if (place >= this.drawn)
			this.draw(place - this.drawn + LADDER_CHUNK);
		const tr = document.getElementById(`event-${seq}`);
		if (tr) {
			tr.scrollIntoView({block: 'center'});
			tr.focus({preventScroll: true});
		}
	}
}

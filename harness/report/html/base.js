// SPDX-License-Identifier: BSD-2-Clause
// What all parts of the page use: elements, verdicts, numbers. Text of a system under test only ever becomes a text node.

// The worst first.
const VERDICTS = ['crash', 'fail', 'warn', 'inconclusive', 'info', 'pass', 'not-applicable'];
const GLYPHS = {
	'crash': '✖', 'fail': '✕', 'warn': '!', 'inconclusive': '?', 'info': 'i', 'pass': '✓',
	'not-applicable': '–', 'not-judged': '·',
};
const VERDICT_WORDS = {
	'crash': 'the system died, hung, or lets nobody in',
	'fail': 'a MUST is broken',
	'warn': 'a SHOULD is not kept',
	'inconclusive': 'could not be judged; blamed on nobody',
	'info': 'a MAY, or a measurement',
	'pass': 'judged, and kept',
	'not-applicable': 'does not apply, with its reason',
	'not-judged': 'nothing judged it in this run',
};

const LONG = 1200;

function isRed(verdict) {
	return verdict === 'fail' || verdict === 'crash';
}

function worse(a, b) {
	const place = (v) => (VERDICTS.includes(v) ? VERDICTS.indexOf(v) : VERDICTS.length);
	return place(a) <= place(b) ? a : b;
}

function put(node, children) {
	for (const child of children.flat(Infinity)) {
		if (child !== null && child !== undefined && child !== false)
			node.append(child instanceof Node ? child : document.createTextNode(String(child)));
	}
	return node;
}

function setAll(node, attributes) {
	for (const [name, value] of Object.entries(attributes)) {
		if (typeof value === 'function')
			node.addEventListener(name, value);
		else if (value !== null && value !== undefined && value !== false)
			node.setAttribute(name, value === true ? '' : String(value));
	}
	return node;
}

// el('p', {class: 'x'}, 'text', node, [more])
function el(tag, attributes, ...children) {
	return put(setAll(document.createElement(tag), attributes || {}), children);
}

function svg(tag, attributes, ...children) {
	return put(setAll(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes || {}), children);
}

function badge(verdict, words) {
	return el('span', {class: `verdict v-${verdict}`},
		el('span', {'aria-hidden': 'true', class: 'glyph'}, GLYPHS[verdict] || ''), words || verdict.replace('-', ' '));
}

// With roles of its own, since on a narrow screen its style makes its cells blocks.
function table(caption, heads, rows, attributes) {
	const node = el('table', {role: 'table', ...attributes}, el('caption', {class: 'hidden'}, caption),
		el('thead', {}, el('tr', {}, heads.map((head) => el('th', {scope: 'col', class: head.class}, head.text || head)))), el('tbody', {}, rows));
	for (const [tag, role] of [['thead, tbody', 'rowgroup'], ['tr', 'row'], ['thead th', 'columnheader'], ['tbody th', 'rowheader'], ['td', 'cell']])
		for (const part of node.querySelectorAll(tag))
			if (part.closest('table') === node)
				part.setAttribute('role', role);
	return node;
}

// A wide thing that may scroll by itself, for who has no mouse, too.
function scroller(label, ...children) {
	return el('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label}, children);
}

function plural(n, one, many) {
	return `${n} ${n === 1 ? one : many || one + 's'}`;
}

// 3 significant digits of a time in ns.
function time(ns) {
	if (ns === 0)
		return '0';
	for (const [unit, size] of [['s', 1e9], ['ms', 1e6], ['µs', 1e3]]) {
		if (ns >= size)
			return `${trim(ns / size, 4)} ${unit}`;
	}
	return `${ns} ns`;
}

function trim(value, digits) {
	if (value === null || !Number.isFinite(value))
		return 'no number';
	return Number.isInteger(value) && Math.abs(value) < 1e15 ? String(value) : String(Number(value.toPrecision(digits)));
}

function counted(verdicts) {
	const counts = {};
	for (const verdict of verdicts)
		counts[verdict] = (counts[verdict] || 0) + 1;
	return counts;
}

// Lists of those with the same key, the longest first.
function grouped(all, keyOf) {
	const by = new Map();
	for (const one of all)
		by.set(keyOf(one), [...(by.get(keyOf(one)) || []), one]);
	return [...by.values()].sort((a, b) => b.length - a.length);
}

// "2 fail, 40 pass", the worst first.
function countWords(counts) {
	return [...VERDICTS, 'not-judged'].filter((v) => counts[v]).map((v) => `${counts[v]} ${v.replace('-', ' ')}`).join(', ');
}

// Words of others; what is very long is folded behind its begin.
function sayWords(text) {
	if (text.length <= LONG)
		return el('span', {class: 'words'}, text);
	return el('span', {class: 'words'}, text.slice(0, LONG / 2), ' …', el('details', {}, el('summary', {}, `all ${text.length} characters`), text));
}

// Proportions; what it says stands beside it in words.
function bar(counts, label) {
	const all = [...VERDICTS, 'not-judged'].filter((v) => counts[v]);
	const total = all.reduce((sum, v) => sum + counts[v], 0);
	let x = 0;
	const parts = all.map((v) => {
		const width = 100 * counts[v] / total;
		const part = svg('rect', {x: `${x}%`, y: 0, width: `${width}%`, height: '100%', class: `fill-${v}`});
		x += width;
		return part;
	});
	return svg('svg', label ? {class: 'bar', role: 'img', 'aria-label': label} : {class: 'bar', 'aria-hidden': 'true'}, parts);
}

function copyable(text, label) {
	const said = el('span', {class: 'said', role: 'status'});
	const copy = async () => {
		try {
			await navigator.clipboard.writeText(text);
			said.textContent = 'copied';
		} catch {
			// Without a secure origin there is no clipboard: at least it is selected.
			getSelection().selectAllChildren(code);
			said.textContent = 'selected';
		}
	};
	const code = el('code', {}, text);
	return el('p', {class: 'command'}, code, ' ', el('button', {type: 'button', class: 'plain', 'aria-label': `Copy: ${label}`, click: copy}, 'Copy'), said);
}

// ---- filters, which stand in the address ----

function searchField() {
	return el('label', {class: 'search'}, el('span', {}, 'Search'), el('input', {type: 'search', name: 'q', id: 'search', autocomplete: 'off', spellcheck: 'false'}));
}

function chooser(label, name, values) {
	if (!values.size)
		return null;
	return el('label', {}, el('span', {}, label), el('select', {name}, el('option', {value: ''}, 'all'), [...values].sort().map((v) => el('option', {value: v}, v))));
}

function verdictChips(counts) {
	return el('fieldset', {}, el('legend', {}, 'Verdict'), VERDICTS.filter((v) => counts[v]).map((v) =>
		el('label', {class: `chip v-${v}`}, el('input', {type: 'checkbox', name: 'verdict', value: v}),
			el('span', {'aria-hidden': 'true', class: 'glyph'}, GLYPHS[v]), `${v.replace('-', ' ')} ${counts[v]}`)));
}

function wantedVerdicts(query) {
	return (query.get('verdict') || '').split(',').filter(Boolean);
}

function wantedWords(query) {
	return (query.get('q') || '').toLowerCase().split(/\s+/).filter(Boolean);
}

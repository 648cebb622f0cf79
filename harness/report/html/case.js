// SPDX-License-Identifier: BSD-2-Clause
// The page of a case.

function lineLink(line) {
	return line ? el('a', {href: `#line-${line}`, class: 'line', click: (event) => {
		event.preventDefault();
		const li = document.getElementById(`line-${line}`);
		if (!li)
			return;
		li.scrollIntoView({block: 'center'});
		li.focus({preventScroll: true});
	}}, `line ${line}`) : null;
}

// The finding that the verdict stands on.
function deciding(c) {
	const own = c.findings.filter((f) => !f.monitor && !f.besides && f.verdict === c.verdict);
	return own.find((f) => f.reason === c.reason) || own[0] || null;
}

const CLOSE_WORDS = {
	'clean': 'in order', 'late': 'in order, but after its time', 'abrupt': 'dropped by the system under test without logout',
	'left-open': 'left for us to close, behind the answer to the logout', 'unanswered': 'its logout was not answered',
	'none': 'there was none at the end, or the case ended it itself',
};

function fact(name, ...value) {
	return el('div', {}, el('dt', {}, name), el('dd', {}, value));
}

// "NOP-In TTT=0x5 StatSN=7 ...", the field that decided marked.
function messageWords(text, name) {
	const at = name ? ` ${text}`.indexOf(` ${name}=`) : -1;
	if (at < 0)
		return text;
	const end = text.indexOf(' ', at);
	return [text.slice(0, at), el('mark', {}, text.slice(at, end < 0 ? text.length : end)), end < 0 ? null : text.slice(end)];
}

// Under a message's line in words its fields, once the log is unpacked; open where a field of the answer decided.
function exchange(title, told, field, open) {
	const name = field ? field.name : null;
	return el('div', {class: 'exchange'}, el('h3', {}, title, told.event ? [' ', el('span', {class: 'seq'}, `#${told.event}`)] : null),
		el('p', {class: 'words'}, messageWords(told.message, name)),
		el('details', {class: 'fields-place', 'data-event': told.event, 'data-wrong': name, open, hidden: true},
			el('summary', {}, 'Field by field')));
}

// "StatSN is 7 where 8 is due"
function fieldWords({name, due, had}) {
	return [el('strong', {}, name), ` is ${had || 'not told'}`, due ? ` where ${due} is due` : null];
}

// The smallest difference between what fails and what does not, of a family or a sweep.
function innerWords({fails, why, passes, decides}) {
	return [el('code', {}, fails), why ? [': ', sayWords(why)] : null,
		passes ? ['; ', el('code', {}, passes), ' passes, all else the same', decides ? [': ', el('strong', {}, decides), ' decides'] : null] : null];
}

function findingFacts(f) {
	return el('dl', {class: 'facts'},
		f.expected ? fact('Expected', sayWords(f.expected)) : null, f.came ? fact('Came', sayWords(f.came)) : null,
		f.field ? fact('Decides', fieldWords(f.field)) : null, f.inner ? fact('Fails at', innerWords(f.inner)) : null,
		f.end ? fact('The connection', sayWords(f.end.words), f.end.event ? [' (', el('span', {class: 'events', 'data-events': f.end.event}), ')'] : null) : null,
		f.legal_under ? fact('Legal under', f.legal_under.join(', ')) : null);
}

function eventLinks(f, ladder) {
	const events = [...new Set(f.events)];
	return events.length ? [events.length === 1 ? 'event ' : 'events ', events.map((seq, i) => [i ? ', ' : '', ladder ? ladder.eventLink(seq) : `#${seq}`])] : null;
}

function findingItem(f, decided) {
	return el('li', {class: `finding v-${f.verdict}${decided ? ' decided' : ''}`},
		el('div', {class: 'what'}, badge(f.verdict), decided ? el('strong', {class: 'flag'}, ' decided') : null, ' ',
			f.monitor ? [el('span', {class: 'by'}, `monitor ${f.monitor}`), ': '] : null, sayWords(f.reason)),
		f.rules.length ? el('ul', {class: 'rules'}, f.rules.map(ruleWords)) : null,
		el('p', {class: 'proof-line'}, lineLink(f.line), f.line && f.events.length ? ', ' : null, el('span', {class: 'events', 'data-events': f.events.join(' ')}, eventLinks(f)),
			f.besides ? '; seen in passing, it decides nothing' : null),
		decided || f.verdict === 'pass' || !f.request ? null : el('details', {}, el('summary', {}, 'What was sent, and what came'), findingFacts(f),
			el('dl', {class: 'facts'}, fact('We had sent', sayWords(f.request.message)),
				f.response ? fact('It sent', el('span', {class: 'words'}, messageWords(f.response.message, f.field && f.field.name))) : null)));
}

function atAGlance(c) {
	const f = deciding(c);
	if (!f)
		return c.reason ? el('div', {class: 'lead'}, sayWords(c.reason)) : null;
	const bad = f.verdict !== 'pass';
	return el('section', {class: `glance v-${c.verdict}`, 'aria-labelledby': 'glance-title'},
		el('h2', {id: 'glance-title'}, bad ? 'What is wrong' : 'What was found'),
		el('div', {class: 'lead'}, sayWords(f.says || f.reason)),
		f.rules.length ? el('ul', {class: 'rules'}, f.rules.map(ruleWords)) : null,
		findingFacts(f),
		bad && (f.request || f.response) ? el('div', {class: 'pair'},
			f.request ? exchange('We had sent', f.request, null, Boolean(f.field)) : null,
			f.response ? exchange('It sent', f.response, f.field, Boolean(f.field)) : null) : null);
}

function scriptView(c) {
	if (!c.script)
		return el('p', {class: 'note'}, 'The case\'s text is not among the cases that this page was made with.');
	const byLine = new Map(), decided = deciding(c);
	for (const f of c.findings) {
		if (!f.monitor && f.line)
			byLine.set(f.line, byLine.has(f.line) ? worse(byLine.get(f.line), f.verdict) : f.verdict);
	}
	return [c.text_changed ? el('p', {class: 'note bad'}, 'The text is another one now than the one that was run: lines may not be those meant.') : null,
		el('ol', {class: 'script'}, c.script.map((text, i) => {
			const is = decided && decided.line === i + 1, verdict = byLine.get(i + 1);
			return el('li', {id: `line-${i + 1}`, tabindex: -1, class: is ? `decided v-${c.verdict}` : null}, el('code', {}, text || ' '),
				verdict ? [' ', badge(verdict, is ? `decided: ${verdict}` : verdict)] : null);
		}))];
}

function median(sorted) {
	const half = sorted.length / 2;
	return sorted.length % 2 ? sorted[Math.floor(half)] : (sorted[half - 1] + sorted[half]) / 2;
}

// A dot a value, and a stroke at the median.
function strip(values, unit) {
	const sorted = [...values].sort((a, b) => a - b), least = sorted[0], most = sorted[sorted.length - 1], middle = median(sorted);
	const x = (v) => (most === least ? 50 : 2 + 96 * (v - least) / (most - least));
	const words = `least ${trim(least, 4)}, median ${trim(middle, 4)}, most ${trim(most, 4)}${unit ? ` ${unit}` : ''}; ${values.length} values`;
	return el('div', {class: 'strip'},
		svg('svg', {class: 'dots', 'aria-hidden': 'true'},
			svg('line', {x1: '2%', x2: '98%', y1: 12, y2: 12}),
			values.map((v) => svg('circle', {cx: `${x(v)}%`, cy: 12, r: 4})),
			svg('rect', {x: `${x(middle)}%`, y: 3, width: 2, height: 18})),
		el('span', {class: 'note'}, words));
}

function measuredTable(list) {
	return table('Measurements', ['Measured', 'Value', {text: 'Distribution', class: ''}], list.map(([c, name, m]) => {
		const values = ((c.measured || {})[name] || []).filter((v) => v !== null);
		return el('tr', {}, el('th', {scope: 'row'}, name, list.some(([other]) => other !== c) ? el('span', {class: 'title'}, caseLink(c.id)) : null),
			el('td', {class: 'number'}, trim(m.value, 6), ' ', m.unit),
			el('td', {}, values.length > 1 ? strip(values, m.unit) : 'one value'));
	}), {class: 'list'});
}

function measuredList(of) {
	return of.flatMap((c) => Object.entries(c.measurements || {}).map(([name, m]) => [c, name, m]));
}

function differs(c) {
	if (!report.baseline_summary)
		return null;
	const words = {
		known: 'as the baseline says', worse: 'worse than the baseline says', better: 'better than the baseline says: its entry wants removing',
		new: 'bad, and the baseline does not speak of it',
	};
	return fact('Baseline', c.baseline ? [words[c.baseline.state], c.baseline.reason ? [': ', sayWords(c.baseline.reason)] : null] : 'does not speak of it');
}

function caseFacts(c) {
	const ended = c.ended ? fact('Not reached', `it ended in line ${c.ended.line}; not judged: ${c.ended.not_judged.join(', ')}`) : null;
	return el('dl', {class: 'facts'},
		fact('Connection ended', CLOSE_WORDS[c.close] || c.close),
		c.points ? fact('Points', `${c.points.reached} of ${c.points.planned} reached, ${c.points.failed} failed`) : null,
		ended, c.setup ? fact('Set-up', sayWords(c.setup)) : null, differs(c),
		c.tags && c.tags.length ? fact('Tags', c.tags.map((tag, i) => [i ? ', ' : '', el('a', {href: `#/cases?tag=${encodeURIComponent(tag)}`}, tag)])) : null,
		fact('Took', time(c.seconds * 1e9)),
		c.log ? fact('Log', el('code', {}, c.log), c.log_cut ? ' (it came to its limit)' : '') : null);
}

function stepLinks(c) {
	const red = failures(), place = red.indexOf(c);
	const before = red.filter((o) => cases.indexOf(o) < cases.indexOf(c)).pop(), after = red.find((o) => cases.indexOf(o) > cases.indexOf(c));
	return el('p', {class: 'steps'}, el('a', {href: lastList}, 'All cases'),
		before ? [' · ', el('a', {href: `#/case/${before.id}`, rel: 'prev'}, 'previous failure')] : null,
		after ? [' · ', el('a', {href: `#/case/${after.id}`, rel: 'next'}, 'next failure')] : null,
		place >= 0 ? ` · failure ${place + 1} of ${red.length}` : null);
}

// Fills in what only the log knows.
async function showLog(c, view) {
	const place = view.querySelector('.log-place');
	let log;
	try {
		log = await unpack(c.packed);
	} catch (error) {
		place.replaceChildren(el('p', {class: 'note bad'}, `This browser cannot unpack the log: ${error.message}. It stands in ${c.log}.`));
		return;
	}
	const f = deciding(c), proof = new Set(), wrong = new Map();
	for (const one of c.findings.filter((x) => x === f || (x.monitor && x.verdict !== 'pass'))) {
		one.events.forEach((seq) => proof.add(seq));
		if (one.field && one.response && !wrong.has(one.response.event))
			wrong.set(one.response.event, one.field.name);
	}
	const ladder = new Ladder(c, log, proof, wrong);
	place.replaceChildren(ladder.node);
	for (const span of view.querySelectorAll('.events')) {
		const events = span.dataset.events.split(' ').filter(Boolean).map(Number);
		span.replaceChildren(...(events.length ? put(el('span'), [eventLinks({events}, ladder)]).childNodes : []));
	}
	for (const spot of view.querySelectorAll('.fields-place')) {
		const message = log.messages[spot.dataset.event];
		spot.hidden = !message;
		if (message)
			spot.append(messageView(message, spot.dataset.wrong));
	}
	const kept = view.querySelector('.kept-place');
	if (kept && log.kept.length) {
		kept.replaceChildren(el('details', {}, el('summary', {}, `What monitors saw kept (${plural(new Set(log.kept.flatMap((k) => k.rules)).size, 'rule')})`),
			el('ul', {class: 'findings'}, log.kept.map((k) => findingItem(k, false)))));
	}
}

function caseView(c) {
	const decided = deciding(c), others = c.findings.filter((f) => f !== decided);
	const measured = measuredList([c]);
	const view = el('section', {class: 'view case'},
		stepLinks(c),
		el('h1', {tabindex: -1}, c.title || c.id),
		el('p', {class: 'under'}, badge(c.verdict), ' ', el('code', {}, c.id), ' ', knownBadge(c)),
		atAGlance(c),
		el('section', {}, el('h2', {}, 'Purpose'), el('p', {}, c.purpose || 'The case gives none.'), caseFacts(c),
			c.log ? [el('h3', {}, 'Again'), copyable(`iserspec replay . ${c.id}`, 'the command that runs it again'), el('p', {class: 'note'}, 'in the folder of this report')] : null),
		el('section', {}, el('h2', {}, 'What happened'), el('div', {class: 'log-place'},
			el('p', {class: 'note'}, c.packed === undefined ? `There is no ladder: ${c.log_missing || 'the case left no log'}.` : 'Unpacking the log …'))),
		el('section', {}, el('h2', {}, 'Script'), scriptView(c)),
		measured.length ? el('section', {}, el('h2', {}, 'Measurements'), measuredTable(measured)) : null,
		el('section', {}, el('h2', {}, others.length && decided ? 'What else was judged' : 'What was judged'),
			el('ul', {class: 'findings'}, decided ? findingItem(decided, true) : null, others.map((f) => findingItem(f, false))), el('div', {class: 'kept-place'})),
		el('section', {}, el('h2', {}, 'Rules'), el('ul', {class: 'rules'}, c.rules.map(ruleWords))));
	if (c.packed !== undefined)
		view.ready = showLog(c, view);
	return view;
}

// SPDX-License-Identifier: BSD-2-Clause
// A message field by field, and its bytes.

const ISER_HEADER = 28, BHS = 48, HEX_LINE = 16, HEX_SHOWN = 512;

function bytesOf(message) {
	const pairs = message.hex.match(/../g) || [];
	return Uint8Array.from(pairs, (pair) => parseInt(pair, 16));
}

// [name, offset, bytes, shift, width, hex] as harness/wire/pdu_types.c has it.
function fieldValue(bytes, [, offset, count, shift, width]) {
	if (offset + count > bytes.length)
		return null;
	let run = 0n;
	for (let i = 0; i < count; i++)
		run = run << 8n | BigInt(bytes[offset + i]);
	return run >> BigInt(shift) & ((1n << BigInt(width)) - 1n);
}

function valueWords(value, [, , count, , width, hex]) {
	if (value === null)
		return 'beyond its end';
	const digits = value.toString(16).padStart(count > 8 ? 2 * count : 1, '0');
	if (count > 8 || hex)
		return `0x${digits}`;
	return width > 4 && value > 9n ? `${value} (0x${digits})` : String(value);
}

function placeWords([, offset, count, shift, width]) {
	const from = offset < ISER_HEADER ? offset : offset - ISER_HEADER;
	const where = offset < ISER_HEADER ? 'iSER' : 'BHS';
	if (width % 8)
		return `${where} ${from}, bit ${8 * count - shift - width}${width > 1 ? ` to ${8 * count - shift - 1}` : ''}`;
	return `${where} ${from}${count > 1 ? `–${from + count - 1}` : ''}`;
}

function printable(bytes) {
	return Array.from(bytes, (b) => (b > 31 && b < 127 ? String.fromCharCode(b) : '.')).join('');
}

function quoted(bytes) {
	return Array.from(bytes, (b) => (b === 92 ? '\\\\' : b > 31 && b < 127 ? String.fromCharCode(b) : `\\x${b.toString(16).padStart(2, '0')}`)).join('');
}

// Where the data segment begins, and how many of its bytes are here.
function dataOf(bytes) {
	const header = ISER_HEADER + BHS;
	if (bytes.length < header)
		return {from: bytes.length, data: new Uint8Array(0)};
	const from = header + 4 * bytes[ISER_HEADER + 4];
	const length = bytes[ISER_HEADER + 5] << 16 | bytes[ISER_HEADER + 6] << 8 | bytes[ISER_HEADER + 7];
	return {from, data: bytes.slice(from, from + length)};
}

function keysTable(data) {
	const rows = [];
	for (let at = 0; at < data.length;) {
		let end = data.indexOf(0, at);
		end = end < 0 ? data.length : end;
		if (end > at) {
			const text = quoted(data.slice(at, end)), equals = text.indexOf('=');
			rows.push(el('tr', {}, el('th', {scope: 'row'}, equals < 0 ? text : text.slice(0, equals)), el('td', {}, equals < 0 ? 'no =' : text.slice(equals + 1))));
		}
		at = end + 1;
	}
	return table('Text keys', ['Key', 'Value'], rows, {class: 'fields'});
}

function hexDump(bytes, whole, marked) {
	const box = el('pre', {class: 'hex'});
	const draw = (limit) => {
		const lines = [];
		for (let at = 0; at < Math.min(bytes.length, limit); at += HEX_LINE) {
			const run = bytes.slice(at, at + HEX_LINE);
			lines.push(at.toString(16).padStart(4, '0'), '  ');
			run.forEach((b, i) => {
				const text = b.toString(16).padStart(2, '0'), is = marked && at + i >= marked[0] && at + i < marked[1];
				lines.push(is ? el('mark', {}, text) : text, i === 7 ? '  ' : ' ');
			});
			lines.push(' '.repeat(3 * (HEX_LINE - run.length) + (run.length < 8 ? 1 : 0)), ' ', printable(run), '\n');
		}
		box.replaceChildren();
		put(box, lines);
	};
	draw(HEX_SHOWN);
	const rest = bytes.length > HEX_SHOWN && el('button', {type: 'button', class: 'plain', click: (event) => {
		draw(Infinity);
		event.target.remove();
	}}, `all ${bytes.length} bytes`);
	return [scroller('Bytes of the message', box), rest, whole > bytes.length &&
		el('p', {class: 'note'}, `${whole - bytes.length} more bytes stand in the log.`)];
}

function isText(type) {
	return /^(login|text)-/.test(type || '');
}

// Which field of the type a finding means; it may be written in another case, or be none of them.
function fieldNamed(type, name) {
	if (!type || !name)
		return null;
	const last = name.split('.').pop();
	return type.fields.find(([field]) => field === last) || type.fields.find(([field]) => field.toLowerCase() === last.toLowerCase()) || null;
}

// message: of a log's `messages`; wrong: the name of the field that decided, or nothing.
function messageView(message, wrong) {
	const bytes = bytesOf(message), type = report.messages[message.type];
	const field = fieldNamed(type, wrong);
	const parts = [];
	if (message.broken)
		parts.push(el('p', {class: 'note'}, 'No message of iSER: ', message.broken));
	if (type) {
		parts.push(table(`Fields of the ${type.title}`, ['Field', 'Value', 'Where'], type.fields.map((f) => {
			const bad = f === field;
			return el('tr', {class: bad ? 'wrong' : null},
				el('th', {scope: 'row'}, f[0], bad && el('strong', {class: 'flag'}, ' decided')),
				el('td', {}, valueWords(fieldValue(bytes, f), f)), el('td', {class: 'where'}, placeWords(f)));
		}), {class: 'fields'}));
	}
	if (message.reserved)
		parts.push(el('p', {class: 'note bad'}, `${plural(message.reserved, 'reserved bit is', 'reserved bits are')} set, the first in byte ${message.reserved_at}.`));
	const {from, data} = dataOf(bytes);
	if (type && data.length)
		parts.push(el('p', {class: 'head'}, plural(data.length, 'byte'), ' of data', wrong === 'data' && el('strong', {class: 'flag'}, ' decided')), isText(message.type) ? keysTable(data) : null);
	const span = field ? [field[1], field[1] + field[2]] : wrong === 'data' ? [from, from + data.length] : null;
	parts.push(el('p', {class: 'head'}, 'Bytes'), hexDump(bytes, message.len, span));
	return el('div', {class: 'message'}, parts);
}

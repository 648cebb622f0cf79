// SPDX-License-Identifier: BSD-2-Clause
// What pages of our own reports have to show and to do.

const FAILED = 'target/nop/echo-7';

async function shownIds(tab) {
	return tab.$$eval('table.cases tbody tr:not([hidden]) th a', (links) => links.map((link) => link.textContent));
}

async function filters(pages, ok) {
	const tab = await pages.open('#/cases');
	const all = await tab.evaluate(() => report.cases.map(({id, verdict, group, tags, all_rules, role, baseline}) => ({id, verdict, group, tags, all_rules, role, known: baseline && baseline.state})));
	const same = async (name, want) => {
		await pages.drawn(tab);
		const ids = await shownIds(tab), wanted = all.filter(want).map((c) => c.id);
		ok(`filter by ${name}`, wanted.length > 0 && wanted.length < all.length && ids.join() === wanted.join(), `${ids.length} shown, ${wanted.length} wanted`);
		const said = await tab.textContent('#found');
		ok(`filter by ${name}: the count is said`, said.startsWith(`${wanted.length} of ${all.length} `), said);
		await tab.click('button[type=reset]');
		await pages.drawn(tab);
	};
	ok('500 cases are listed', all.length === 500 && (await shownIds(tab)).length === 500);
	await tab.check('input[value=fail]');
	await same('verdict', (c) => c.verdict === 'fail');
	await tab.selectOption('select[name=group]', 'nop');
	await same('group', (c) => c.group === 'nop');
	await tab.selectOption('select[name=tag]', 'hello');
	await same('tag', (c) => c.tags && c.tags.includes('hello'));
	await tab.selectOption('select[name=role]', 'target');
	await tab.fill('input[name=rule]', 'I7143-11.19-2');
	await same('role and rule', (c) => c.role === 'target' && c.all_rules.includes('I7143-11.19-2'));
	await tab.selectOption('select[name=known]', 'known');
	await same('baseline', (c) => c.known === 'known');
	await tab.fill('#search', 'PING echo-7');
	await same('search', (c) => /echo-7/.test(c.id));

	await tab.check('input[value=fail]');
	await tab.fill('#search', 'limit');
	await pages.drawn(tab);
	const before = await shownIds(tab);
	ok('filters stand in the address', /verdict=fail/.test(tab.url()) && /q=limit/.test(tab.url()), tab.url());
	await tab.reload();
	await tab.waitForSelector('h1');
	ok('filters are there again after a reload', (await shownIds(tab)).join() === before.join() && await tab.inputValue('#search') === 'limit');
	await tab.goto(`${pages.url}#/cases?monitor=echo`);
	await tab.reload();
	await tab.waitForSelector('h1');
	const monitored = await shownIds(tab);
	ok('cases of a monitor', monitored.includes(FAILED) && monitored.length < all.length);
	await pages.close(tab, 'filters');
}

async function keyboard(pages, ok) {
	const tab = await pages.open('#/');
	const at = () => tab.evaluate(() => location.hash);
	await tab.keyboard.press('Tab');
	ok('the first stop is the skip link', await tab.evaluate(() => document.activeElement.className) === 'skip');
	await tab.keyboard.press('Enter');
	ok('the skip link leads to the report', await tab.evaluate(() => document.activeElement.id) === 'main' && (await at()) === '#/');
	let seen = 0;
	for (let i = 0; i < 25; i++) {
		await tab.keyboard.press('Tab');
		seen += await tab.evaluate(() => {
			const style = getComputedStyle(document.activeElement);
			return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 ? 1 : 0;
		});
	}
	ok('focus is seen at each stop', seen === 25, `at ${seen} of 25`);

	const red = await tab.evaluate(() => report.cases.filter((c) => isRed(c.verdict)).map((c) => c.id));
	await tab.keyboard.press('n');
	await pages.drawn(tab);
	ok('n: the first failure', await at() === `#/case/${red[0]}`, await at());
	ok('n: its heading has the focus', await tab.evaluate(() => document.activeElement.tagName) === 'H1');
	await tab.keyboard.press('n');
	await pages.drawn(tab);
	ok('n: the next failure', await at() === `#/case/${red[1]}`, await at());
	await tab.keyboard.press('p');
	await pages.drawn(tab);
	ok('p: the one before', await at() === `#/case/${red[0]}`, await at());
	await tab.keyboard.press('/');
	await tab.waitForSelector('#search:focus', {timeout: 5000}).catch(() => null);
	ok('/: the search has the focus', await tab.evaluate(() => document.activeElement.id) === 'search');
	await tab.keyboard.type('nop');
	ok('letters in the search are letters', (await at()).startsWith('#/cases') && await tab.inputValue('#search') === 'nop');
	await tab.keyboard.press('Tab');
	await tab.keyboard.press('?');
	ok('?: help', await tab.evaluate(() => document.getElementById('keys').open));
	await tab.uncheck('#keys-on');
	await tab.keyboard.press('Escape');
	ok('Escape closes it', !await tab.evaluate(() => document.getElementById('keys').open));
	const before = await at();
	await tab.keyboard.press('n');
	await pages.drawn(tab);
	ok('single keys can be switched off', await at() === before);
	await pages.close(tab, 'keyboard');
}

async function failedCase(pages, ok) {
	const tab = await pages.open(`#/case/${FAILED}`);
	const line = await tab.evaluate((id) => deciding(caseOf.get(id)).line, FAILED);
	const marked = await tab.$$eval('.script .decided', (lines) => lines.map((li) => li.id));
	ok('the line that decided is marked, and no other', marked.join() === `line-${line}`, marked.join());
	ok('its rules are there in words', /Ping data is echoed/.test(await tab.textContent('.glance')));
	ok('what we had sent is there field by field', /InitiatorTaskTag|ITT/.test(await tab.textContent('.exchange table.fields')));
	ok('the replay command', (await tab.textContent('.command code')).endsWith(FAILED));
	ok('what the baseline knows', /as the baseline says.*<b>known<\/b>/.test(await tab.textContent('.case')));
	ok('the ladder has rows of both sides', await tab.locator('.ladder .lane.ours .arrow').count() > 2 && await tab.locator('.ladder .lane.theirs .arrow').count() > 2);
	const first = tab.locator('.ladder .open').first();
	await first.focus();
	await tab.keyboard.press('Enter');
	ok('a message opens by the keyboard', await tab.locator('.ladder .detail').count() === 1 && await first.getAttribute('aria-expanded') === 'true');
	ok('a login has its text keys', /InitiatorName/.test(await tab.textContent('.detail table.fields >> nth=1')));
	await tab.keyboard.press('Enter');
	ok('and closes', await tab.locator('.ladder .detail').count() === 0);
	const rows = await tab.locator('.ladder tbody tr').count();
	await tab.check('.ladder-box input[type=checkbox]');
	const events = await tab.evaluate(async (id) => (await unpack(caseOf.get(id).packed)).ladder.rows.length, FAILED);
	ok('all events on demand', await tab.locator('.ladder tbody tr').count() === Math.min(events, 200) && events > rows, `${events} events`);
	// The same bits as the harness has taken out of the bytes.
	const fields = await tab.evaluate(() => {
		const bytes = Uint8Array.from({length: 76}, (_, i) => i), type = report.messages['nop-in'];
		const value = (name) => fieldValue(bytes, type.fields.find(([field]) => field === name));
		return ['StatSN', 'ReadBaseOffset', 'iSEROpcode', 'DataSegmentLength', 'F'].map((name) => String(value(name)));
	});
	ok('fields are taken from their places', fields.join() === [0x34353637, 0x1415161718191a1bn, 0, 0x212223, 0].join(), fields.join());
	await tab.click('a[rel=next]');
	await pages.drawn(tab);
	ok('the next failure by its link', tab.url() !== `${pages.url}#/case/${FAILED}`);
	await pages.close(tab, FAILED);
}

// Facts of a finding that a report may have; those of a case that a field of a header decided.
async function facts(pages, ok) {
	const tab = await pages.open('#/');
	await tab.evaluate(async (id) => {
		const c = caseOf.get(id), f = deciding(c), log = await unpack(c.packed);
		const [seq] = Object.entries(log.messages).find(([, message]) => message.type === 'nop-in');
		Object.assign(f, {says: 'it says this', expected: 'an expectation', came: 'another thing', field: {name: 'StatSN', due: '8', had: '7'},
			response: {event: Number(seq), message: 'NOP-In ITT=0x1 StatSN=7 ExpCmdSN=2'}, end: {event: 20, words: 'the system closed it'},
			inner: {fails: 'D=0', passes: 'D=1', decides: 'D'}});
	}, FAILED);
	await tab.evaluate((id) => go(`#/case/${id}`), FAILED);
	await tab.waitForSelector('.ladder');
	const text = await tab.textContent('.glance');
	for (const word of ['it says this', 'an expectation', 'another thing', 'StatSN is 7 where 8 is due', 'the system closed it', 'D=0; D=1 passes, all else the same: D decides'])
		ok(`a finding at a glance: ${word}`, text.includes(word), text.slice(0, 400));
	ok('the field is marked in words', (await tab.locator('.exchange mark').first().textContent()) === 'StatSN=7');
	const wrong = await tab.locator('.exchange .fields .wrong').allTextContents();
	ok('the field is marked among the fields, and no other', wrong.length === 1 && wrong[0].startsWith('StatSN decided'), wrong.join());
	ok('its bytes are marked', await tab.locator('.exchange .hex mark').count() === 4);
	ok('both messages are open where a field decided', await tab.locator('.exchange details[open]').count() === await tab.locator('.exchange').count());
	await tab.locator('.ladder tr:has(.open:text-is("NOP-In")) .open').first().click();
	ok('it is marked in the ladder, too', (await tab.locator('.ladder .detail .wrong').allTextContents()).join().startsWith('StatSN decided'));
	await pages.close(tab, 'facts');
}

async function seedCase(pages, ok) {
	const tab = await pages.open('#/case/initiator/buffers/burst-two-without-ttt');
	ok('the window of missing buffers is said', /No receive buffer at/.test(await tab.textContent('.windows')));
	const rails = await tab.$$eval('.ladder tbody tr', (rows) => rows.map((row) => row.lastChild.classList.contains('none')));
	const from = rails.indexOf(true), to = rails.lastIndexOf(true);
	ok('the window is drawn without a gap', from > 0 && to > from && rails.slice(from, to + 1).every(Boolean) && !rails[rails.length - 1]);
	ok('what met no buffer is crossed out', await tab.locator('.ladder .arrow .cross').count() >= 1);
	await tab.click('.windows a >> nth=0');
	ok('the window leads to its event', /^event-/.test(await tab.evaluate(() => document.activeElement.id)));
	await pages.close(tab, 'the seed');
}

async function hostileText(pages, ok) {
	const first = await pages.open('#/'), ids = await first.evaluate(() => report.cases.map((c) => c.id));
	await pages.close(first, 'hostile');
	for (const hash of ['#/', '#/cases', '#/measurements', '#/run', `#/case/${ids[0]}`]) {
		const tab = await pages.open(hash, {width: 400, before: () => {
			window.hacked = () => document.documentElement.setAttribute('data-hacked', '');
		}});
		if (hash.includes('case/')) {
			// All that is folded away is opened.
			for (const button of await tab.locator('.more button:last-child, .hex ~ button, .ladder .open').all())
				await button.click({timeout: 2000}).catch(() => {});
			ok('hostile keys of a login are text', /<img src=x onerror="hacked\(\)">/.test(await tab.textContent('.ladder')));
			ok('bytes that are no text are told in hex', /\\xff\\xfe/.test(await tab.textContent('.ladder')));
		}
		const found = await tab.evaluate(() => ({hacked: document.documentElement.hasAttribute('data-hacked'), images: document.querySelectorAll('img, b, main script').length,
			controls: /[\u0000-\u0008\u000b-\u001f\u202e\u2028]/.test(document.body.innerText), text: document.body.innerText.includes('<img src=x')}));
		ok(`${hash}: markup stays text`, !found.hacked && !found.images && found.text, JSON.stringify(found));
		ok(`${hash}: no control bytes`, !found.controls);
		const wide = await tab.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
		ok(`${hash}: 10 kB in a line do not widen it`, wide[0] <= wide[1], wide.join(' of '));
		await pages.close(tab, hash);
	}
	const tab = await pages.open('#/measurements');
	ok('two runs of a case are a distribution', await tab.locator('.strip svg').count() >= 1);
	await pages.close(tab, 'measurements');
}

async function print(pages, ok) {
	const tab = await pages.open('#/');
	await tab.emulateMedia({media: 'print'});
	await tab.evaluate(() => dispatchEvent(new Event('beforeprint')));
	const all = await tab.evaluate(() => document.querySelectorAll('#printed section:nth-of-type(2) tbody tr').length);
	ok('print: all cases', all === 500, `${all}`);
	ok('print: no buttons and no tabs', await tab.locator('nav, .foot').evaluateAll((nodes) => nodes.every((node) => getComputedStyle(node).display === 'none')));
	await tab.evaluate(() => dispatchEvent(new Event('afterprint')));
	ok('print: nothing of it stays', await tab.evaluate(() => document.getElementById('printed').hidden));
	const paper = await tab.pdf({format: 'A4'});
	ok('print: the summary', paper.length > 20000 && paper.subarray(0, 5).toString() === '%PDF-');
	await pages.close(tab, 'print');
	const one = await pages.open(`#/case/${FAILED}`);
	ok('print: a case', (await one.pdf({format: 'A4'})).length > 20000);
	await pages.close(one, 'print of a case');
}

// What cannot work has to say so.
async function lacking(pages, ok) {
	const old = await pages.open(`#/case/${FAILED}`, {before: () => delete window.DecompressionStream});
	ok('a browser that cannot unpack is told', /cannot unpack/.test(await old.textContent('.log-place')));
	await pages.close(old, 'without DecompressionStream');
	const still = await pages.open('', {javaScriptEnabled: false});
	ok('without scripts the page says so', await still.locator('noscript').count() === 1 && /scripts are off/.test(await still.locator('main').innerText()));
	await still.context().close();
	const none = await pages.open('#/case/target/none/such');
	ok('a case that is none', /No such case/.test(await none.textContent('h1')));
	await pages.close(none, 'no such case');
}

export async function ownChecks(many, seed, hostile, ok) {
	await filters(many, ok);
	await keyboard(many, ok);
	await failedCase(many, ok);
	await facts(many, ok);
	await seedCase(seed, ok);
	await hostileText(hostile, ok);
	await print(many, ok);
	await lacking(many, ok);
}

// SPDX-License-Identifier: BSD-2-Clause
// What the page of a matrix has to show and to do.

async function shownIds(tab) {
	return tab.$$eval('.grid tbody tr:not([hidden]):not(.detail) .open', (buttons) => buttons.map((button) => button.textContent));
}

async function heads(tab) {
	return tab.$$eval('.grid thead th.system:not([hidden])', (all) => all.map((th) => th.innerText.replaceAll('\n', ' ')));
}

async function systems(pages, ok) {
	const tab = await pages.open('#/');
	ok('a row for each of 20 runs', await tab.locator('.systems tbody tr').count() === 20);
	ok('a note is said, as text', (await tab.textContent('.standing')) === 'D was <b>run</b> twice');
	const pairs = await tab.$$eval('main section tbody tr', (rows) => rows.map((row) => row.innerText.replaceAll(/\s+/g, ' ')));
	ok('rxe beside siw', pairs.some((text) => /^A: rxe beside siw \(6\.1\)/.test(text)), pairs.join('; '));
	ok('a kernel beside another', pairs.some((text) => /^B: 6\.1 beside 6\.12 \(rxe\)/.test(text)), pairs.join('; '));
	ok('before beside after', pairs.some((text) => /^D: D, rxe, 6\.1 #1 beside D, rxe, 6\.1 #2/.test(text)), pairs.join('; '));
	// What is said of a pair, against the reports themselves.
	const want = await tab.evaluate(() => {
		const [a, b] = pairs().find((pair) => pair.name.startsWith('A: rxe beside siw') && pair.columns[0].role === 'target').columns;
		const rows = matrix.rows.filter((row) => row.kind !== 'rule' && row.verdicts[a.at] !== row.verdicts[b.at]);
		return {said: `${rows.length} of `, ids: rows.map((row) => row.id)};
	});
	const link = tab.locator('main section tbody tr', {hasText: 'A: rxe beside siw'}).first().locator('td a').first();
	ok('so many rows differ', want.ids.length > 0 && (await link.textContent()).startsWith(want.said), await link.textContent());
	await link.click();
	await tab.waitForSelector('.grid');
	ok('the link leads to them', (await shownIds(tab)).join() === want.ids.join(), (await shownIds(tab)).join());
	ok('and to the two systems', (await heads(tab)).map((head) => head.split(' ').slice(0, 3).join(' ')).join() === 'A rxe 6.1,A siw 6.1', (await heads(tab)).join());
	await pages.close(tab, 'systems');
}

async function filters(pages, ok) {
	const tab = await pages.open('#/cases');
	const rows = await tab.evaluate(() => matrix.rows.filter((row) => row.kind !== 'rule').map(({id, kind, words, search}) => ({id, kind, words, search})));
	const same = async (name, want) => {
		await pages.drawn(tab);
		const ids = await shownIds(tab), wanted = rows.filter(want).map((row) => row.id);
		ok(`rows by ${name}`, wanted.length > 0 && wanted.length < rows.length && ids.join() === wanted.join(), `${ids.length} shown, ${wanted.length} wanted`);
		const said = await tab.textContent('#found');
		ok(`rows by ${name}: the count is said`, said.startsWith(`${wanted.length} of ${rows.length} rows`), said);
		await tab.click('button[type=reset]');
		await pages.drawn(tab);
	};
	ok('500 rows and more, 20 columns', rows.length >= 500 && (await shownIds(tab)).length === rows.length && (await heads(tab)).length === 20, `${rows.length}`);
	ok('versions stand in the heads', (await heads(tab))[2].startsWith('A rxe 6.12 uml '), (await heads(tab))[2]);
	await tab.check('input[value=fail]');
	await same('verdict', (row) => row.words.includes('fail'));
	await tab.fill('#search', 'nop ECHO-7');
	await same('search', (row) => row.search.includes('nop') && row.search.includes('echo-7'));
	await tab.selectOption('select[name=kind]', 'monitor');
	await same('kind', (row) => row.kind === 'monitor');
	const columns = await tab.evaluate(() => columns.map(({role, system}) => ({role, system})));
	const differs = (row, among) => {
		const roles = new Set(among.filter((at) => row.words[at]).map((at) => columns[at].role));
		return new Set(among.filter((at) => roles.has(columns[at].role)).map((at) => row.words[at])).size > 1;
	};
	const all = columns.map((_, at) => at);
	await tab.selectOption('select[name=show]', 'differ');
	await same('difference', (row) => differs(row, all));
	await tab.selectOption('select[name=show]', 'within');
	await same('difference within a system', (row) => [...new Set(columns.map((c) => c.system))].some((system) => differs(row, all.filter((at) => columns[at].system === system))));
	await tab.selectOption('select[name=systems]', {label: 'initiators'});
	ok('columns of initiators alone', (await heads(tab)).length === 9 && await tab.locator('.grid tbody tr:not([hidden]) >> nth=0 >> td:not([hidden])').count() === 9);
	await same('systems', (row) => row.words.some((word, at) => word && columns[at].role === 'initiator'));
	ok('all columns again', (await heads(tab)).length === 20);

	await tab.selectOption('select[name=show]', 'differ');
	await tab.fill('#search', 'login');
	await pages.drawn(tab);
	const before = await shownIds(tab);
	ok('filters stand in the address', /show=differ/.test(tab.url()) && /q=login/.test(tab.url()), tab.url());
	await tab.reload();
	await tab.waitForSelector('h1');
	ok('filters are there again after a reload', before.length > 0 && (await shownIds(tab)).join() === before.join() && await tab.inputValue('#search') === 'login');
	await pages.close(tab, 'filters');
}

async function cells(pages, ok) {
	const tab = await pages.open('#/cases?q=nop/echo-7');
	const row = tab.locator('.grid tbody tr:not([hidden])').first();
	const said = await row.locator('td').evaluateAll((all) => all.map((td) => td.innerText.replaceAll(/[^a-z/]/g, '')));
	const want = await tab.evaluate(() => matrix.rows.find((one) => one.id === 'initiator/nop/echo-7' || one.id === 'target/nop/echo-7').words.map((word) => word || ''));
	ok('cells say the verdicts', said.map((word) => word.replace('n/a', 'not-applicable')).join() === want.join(), said.join());
	ok('cells lead nowhere', await tab.locator('.grid td a').count() === 0);
	const open = row.locator('.open');
	await open.focus();
	await tab.keyboard.press('Enter');
	ok('a row opens by the keyboard', await tab.locator('.grid .detail').count() === 1 && await open.getAttribute('aria-expanded') === 'true');
	const about = await tab.textContent('.about');
	const words = await tab.evaluate((id) => matrix.rows.find((one) => one.id === id), await open.textContent());
	ok('it has title and purpose', about.includes(words.title) && words.title.length > 5 && about.includes(words.purpose) && words.purpose.length > 20, about.slice(0, 200));
	ok('it has each verdict with its reason', await tab.evaluate((one) => one.words.every((word, at) => !word || document.querySelector('.about').textContent.includes(matrix.reasons[one.why[at]])), words));
	await tab.keyboard.press('Enter');
	ok('and closes', await tab.locator('.grid .detail').count() === 0);
	await tab.goto(`${pages.url}#/rules?q=I7143-11.19-2`);
	await tab.waitForSelector('.grid');
	await tab.locator('.grid .open:visible').first().click();
	ok('a rule has its place and words', /MUST.*RFC 7143 11\.19/.test(await tab.textContent('.about')), await tab.textContent('.about'));
	await pages.close(tab, 'cells');
}

async function keyboard(pages, ok) {
	const tab = await pages.open('#/');
	await tab.keyboard.press('/');
	await tab.waitForSelector('#search:focus', {timeout: 5000}).catch(() => null);
	ok('/: the search has the focus', await tab.evaluate(() => document.activeElement.id) === 'search');
	await tab.keyboard.press('Tab');
	await tab.keyboard.press('d');
	await pages.drawn(tab);
	ok('d: only what differs', /show=differ/.test(tab.url()), tab.url());
	await tab.keyboard.press('d');
	await pages.drawn(tab);
	ok('d: all again', !/show=/.test(tab.url()), tab.url());
	const red = await tab.evaluate(() => matrix.rows.filter((row) => row.kind !== 'rule' && row.words.some(isRed)).map((row) => row.id));
	const at = () => tab.evaluate(() => document.activeElement.textContent);
	for (const [key, want] of [['n', red[0]], ['n', red[1]], ['p', red[0]]]) {
		await tab.keyboard.press(key);
		ok(`${key}: ${want}`, red.length > 1 && await at() === want, await at());
	}
	ok('what has the focus is in sight', await tab.evaluate(() => {
		const box = document.activeElement.getBoundingClientRect(), grid = document.querySelector('.grid-box').getBoundingClientRect();
		return box.top >= grid.top && box.bottom <= Math.min(grid.bottom, innerHeight);
	}));
	await tab.keyboard.press('?');
	ok('?: help, with the keys of this page', /only rows in which systems differ/.test(await tab.locator('#keys').innerText()));
	await pages.close(tab, 'keyboard of a matrix');
}

// The heads stay where they are while the table scrolls in its box, and the page does not scroll sideways.
async function box(pages, ok) {
	for (const width of [1280, 400]) {
		const tab = await pages.open('#/cases', {width});
		const moved = await tab.evaluate(() => {
			const grid = document.querySelector('.grid-box');
			grid.scrollTo(300, 400);
			const [corner, at] = [grid.querySelector('thead .what').getBoundingClientRect(), grid.getBoundingClientRect()];
			return {down: grid.scrollTop, right: grid.scrollLeft, stays: Math.abs(corner.left - at.left) < 3 && Math.abs(corner.top - at.top) < 3};
		});
		ok(`${width} pixels: the table scrolls in its box, and its heads stay`, moved.down === 400 && moved.right > 0 && moved.stays, JSON.stringify(moved));
		await tab.locator('.grid .open').first().click();
		const about = await tab.evaluate(() => [document.querySelector('.about').getBoundingClientRect().right, document.querySelector('.grid-box').getBoundingClientRect().right]);
		ok(`${width} pixels: what a row is about fits into the box`, about[0] <= about[1] + 1, about.join(' of '));
		await pages.close(tab, `box ${width}`);
	}
}

async function print(pages, ok) {
	const tab = await pages.open('#/cases?show=differ');
	const paper = await tab.pdf({preferCSSPageSize: true});
	ok('print: the matrix', paper.length > 20000 && paper.subarray(0, 5).toString() === '%PDF-');
	await tab.emulateMedia({media: 'print'});
	ok('print: all 20 columns are on the page', await tab.evaluate(() => {
		// As wide as the paper between its margins.
		document.body.style.width = '277mm';
		const box = document.querySelector('.grid-box').getBoundingClientRect();
		return [...document.querySelectorAll('.grid thead th')].every((th) => th.getBoundingClientRect().right <= box.right + 1);
	}));
	ok('print: no filters', await tab.locator('.filters, nav, .foot').evaluateAll((nodes) => nodes.every((node) => getComputedStyle(node).display === 'none')));
	await pages.close(tab, 'print of a matrix');
}

async function hostileText(pages, ok) {
	for (const hash of ['#/', '#/cases', '#/rules']) {
		const tab = await pages.open(hash, {width: 400, before: () => {
			window.hacked = () => document.documentElement.setAttribute('data-hacked', '');
		}});
		for (const button of (await tab.locator('.grid .open').all()).slice(0, 8))
			await button.click();
		const found = await tab.evaluate(() => ({hacked: document.documentElement.hasAttribute('data-hacked'), images: document.querySelectorAll('img, b, main script').length,
			controls: /[\u0000-\u0008\u000b-\u001f\u202e\u2028]/.test(document.body.innerText), text: document.body.innerText.includes('<img src=x')}));
		ok(`matrix ${hash}: markup stays text`, !found.hacked && !found.images && found.text, JSON.stringify(found));
		ok(`matrix ${hash}: no control bytes`, !found.controls);
		const wide = await tab.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
		ok(`matrix ${hash}: 10 kB in a line do not widen it`, wide[0] <= wide[1], wide.join(' of '));
		await pages.close(tab, `hostile ${hash}`);
	}
}

export async function matrixChecks(sides, hostile, ok) {
	await systems(sides, ok);
	await filters(sides, ok);
	await cells(sides, ok);
	await keyboard(sides, ok);
	await box(sides, ok);
	await print(sides, ok);
	await hostileText(hostile, ok);
}

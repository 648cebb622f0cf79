// SPDX-License-Identifier: BSD-2-Clause
// Looks at pages of reports and matrices in a browser. usage: check.mjs own FOLDER | check.mjs any PAGE...
import {existsSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {chromium} from 'playwright-core';
import {matrixChecks} from './matrix.mjs';
import {certificateChecks} from './certificate.mjs';
import {ownChecks} from './own.mjs';

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
// Those whose size hangs on the ledger look alike in all pages, and axe takes its time over them.
const VIEWS = ['#/', '#/cases', '#/monitors', '#/measurements', '#/run'], LEDGER_VIEWS = ['#/map', '#/rules'];
// Of a matrix those rows that fit on a screen or two.
const MATRIX_VIEWS = ['#/', '#/cases?show=within', '#/rules?verdict=fail,warn'];
const OPEN_WITHIN = 2000; // ms

let passed = 0, failed = 0;

export function ok(name, is, more) {
	if (is) {
		passed++;
		return;
	}
	failed++;
	console.log(`failed: ${name}${more ? `: ${more}` : ''}`);
}

export class Pages {
	constructor(browser, file) {
		Object.assign(this, {browser, url: `file://${path.resolve(file)}`, name: path.basename(file)});
	}

	// A tab at that part of the page; whatever the console says, or is fetched, counts against it.
	async open(hash, {width = 1280, scheme = 'light', before, javaScriptEnabled = true} = {}) {
		const context = await this.browser.newContext({viewport: {width, height: 900}, colorScheme: scheme, javaScriptEnabled});
		const tab = await context.newPage();
		const complaints = [];
		tab.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
		tab.on('pageerror', (error) => complaints.push(error.stack));
		tab.on('dialog', (dialog) => {
			complaints.push(`dialog ${dialog.message()}`);
			dialog.dismiss();
		});
		tab.on('request', (request) => {
			if (!request.url().startsWith(this.url) && !request.url().startsWith('data:'))
				complaints.push(`fetches ${request.url()}`);
		});
		if (before)
			await tab.addInitScript(before);
		await tab.goto(this.url + hash);
		if (javaScriptEnabled) {
			await tab.waitForSelector('h1');
			await this.settled(tab);
		}
		tab.complaints = complaints;
		return tab;
	}

	// A case's log is unpacked behind the rest.
	async settled(tab) {
		await tab.evaluate(async () => {
			const packed = () => !document.querySelector('.ladder') && /Unpacking/.test(document.querySelector('.log-place')?.textContent);
			for (const until = performance.now() + 30000; packed();) {
				if (performance.now() > until)
					throw new Error('a log is still being unpacked after 30 s');
				await new Promise((next) => setTimeout(next, 10));
			}
		});
	}

	// What a key or a click sets going is done: its timers, the change of the address, a frame.
	drawn(tab) {
		return tab.evaluate(() => new Promise((done) => setTimeout(() => requestAnimationFrame(() => setTimeout(done)))));
	}

	async close(tab, what) {
		ok(`${this.name} ${what}: the console is silent, and nothing is fetched`, !tab.complaints.length, tab.complaints[0]);
		await tab.context().close();
	}
}

// In the tab: of the hundreds of rows, items and events that differ in their words alone three of each shape stay, for axe
// looks at each for as long as at the first.
function oneOfEachShape() {
	const seen = new Map();
	for (const row of document.querySelectorAll('tr, li, svg g')) {
		const shape = [row, ...row.querySelectorAll('*')].map((e) => [e.tagName, ...[...e.attributes].map((a) => a.name === 'class' ? a.value : a.name)].join(' ')).join();
		seen.set(shape, (seen.get(shape) ?? 0) + 1);
		if (seen.get(shape) > 3)
			row.remove();
	}
}

// In a tab that is open at one of them: a browser takes longer to open a page than axe to look at it.
async function accessible(pages, tab, hashes) {
	await tab.evaluate(axe);
	for (const hash of hashes) {
		await tab.evaluate((there) => location.hash === there || new Promise((shown) => {
			addEventListener('hashchange', () => setTimeout(shown), {once: true});
			location.hash = there;
		}), hash);
		await pages.settled(tab);
		await looksAt(tab, `${pages.name} ${hash}`);
	}
	await pages.close(tab, hashes.join(' '));
}

async function looksAt(tab, name) {
	const looks = [[1280, 'light'], [400, 'dark']];
	const look = async ([width, colorScheme]) => {
		await tab.setViewportSize({width, height: 900});
		await tab.emulateMedia({colorScheme});
		return `${name} ${width} ${colorScheme}`;
	};
	for (const each of looks) {
		const what = await look(each), wide = await tab.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
		ok(`${what}: no scrolling sideways`, wide[0] <= wide[1], `${wide[0]} of ${wide[1]} pixels`);
	}
	await tab.evaluate(oneOfEachShape);
	for (const each of looks) {
		const what = await look(each);
		const {violations} = await tab.evaluate(() => axe.run(document, {resultTypes: ['violations']}));
		const grave = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
		ok(`${what}: axe finds nothing serious`, !grave.length, grave.map((v) => `${v.id}: ${v.nodes.length} times, ${v.nodes[0].html.slice(0, 160)}`).join('; '));
	}
}

// The tab that it opened. Again, where it took long: the machine may have been doing something else.
async function quick(pages, hash) {
	const took = [];
	for (;;) {
		const tab = await pages.open(hash);
		took.push(Math.round(await tab.evaluate(() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd)));
		const best = Math.min(...took);
		if (best >= OPEN_WITHIN && took.length < 3) {
			await pages.close(tab, 'opened');
			continue;
		}
		ok(`${pages.name} ${hash}: opens within ${OPEN_WITHIN} ms`, best < OPEN_WITHIN, `${best} ms`);
		console.log(`${pages.name} ${hash}: open after ${took.join(', ')} ms`);
		return tab;
	}
}

async function anyPage(pages, views, casesEach) {
	const tab = await quick(pages, '#/');
	const kind = await tab.evaluate(() => (typeof matrix !== 'undefined' ? 'matrix' : typeof facts !== 'undefined' ? 'certificate' : 'report'));
	if (kind === 'certificate')
		return accessible(pages, tab, ['#/']);
	if (kind === 'matrix') {
		await pages.close(await quick(pages, '#/cases'), 'cases');
		return accessible(pages, tab, MATRIX_VIEWS);
	}
	const ids = await tab.evaluate((n) => VERDICTS.flatMap((verdict) => report.cases.filter((c) => c.verdict === verdict).slice(0, n)).map((c) => c.id), casesEach);
	await accessible(pages, tab, [...views, ...ids.map((id) => `#/case/${id}`)]);
}

const [mode, ...rest] = process.argv.slice(2);
const found = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
if (!found) {
	console.error('page-check: not run: there is no Chromium');
	process.exit(77);
}
const browser = await chromium.launch({executablePath: found, args: ['--no-sandbox', '--disable-gpu', '--disable-software-rasterizer']});
try {
	const files = mode === 'any' ? rest : ['many', 'seed', 'hostile'].map((name) => `${rest[0]}/${name}.html`);
	for (const file of files) {
		const whole = mode === 'any' || file === files[0];
		await anyPage(new Pages(browser, file), whole ? [...VIEWS, ...LEDGER_VIEWS] : VIEWS.slice(0, 2), whole ? 2 : 1);
	}
	if (mode === 'own') {
		await ownChecks(...files.map((file) => new Pages(browser, file)), ok);
		const sides = ['sides', 'hostile-sides'].map((name) => new Pages(browser, `${rest[0]}/${name}.html`));
		for (const pages of sides)
			await anyPage(pages);
		await matrixChecks(...sides, ok);
		const certificates = ['certificate', 'hostile-certificate'].map((name) => new Pages(browser, `${rest[0]}/${name}.html`));
		for (const pages of certificates)
			await anyPage(pages);
		await certificateChecks(...certificates, ok);
	}
} finally {
	await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);

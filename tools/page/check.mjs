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
		await tab.waitForFunction(() => !document.querySelector('.log-place') || document.querySelector('.ladder') || !/Unpacking/.test(document.querySelector('.log-place').textContent));
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

async function inAllWidths(pages, hashes) {
	for (const hash of hashes)
		await accessible(pages, hash);
}

async function accessible(pages, hash) {
	const tab = await pages.open(hash), looks = [[1280, 'light'], [400, 'dark']];
	const look = async ([width, colorScheme]) => {
		await tab.setViewportSize({width, height: 900});
		await tab.emulateMedia({colorScheme});
		return `${pages.name} ${hash} ${width} ${colorScheme}`;
	};
	for (const each of looks) {
		const what = await look(each), wide = await tab.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
		ok(`${what}: no scrolling sideways`, wide[0] <= wide[1], `${wide[0]} of ${wide[1]} pixels`);
	}
	await tab.evaluate(oneOfEachShape);
	await tab.evaluate(axe);
	for (const each of looks) {
		const what = await look(each);
		const {violations} = await tab.evaluate(() => axe.run(document, {resultTypes: ['violations']}));
		const grave = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
		ok(`${what}: axe finds nothing serious`, !grave.length, grave.map((v) => `${v.id}: ${v.nodes.length} times, ${v.nodes[0].html.slice(0, 160)}`).join('; '));
	}
	await pages.close(tab, hash);
}

async function quick(pages, hash) {
	const took = [];
	// The quickest of three: the machine may be doing something else.
	for (let i = 0; i < 3; i++) {
		const tab = await pages.open(hash);
		took.push(await tab.evaluate(() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd));
		await pages.close(tab, 'opened');
	}
	const best = Math.round(Math.min(...took));
	ok(`${pages.name} ${hash}: opens within ${OPEN_WITHIN} ms`, best < OPEN_WITHIN, `${best} ms`);
	console.log(`${pages.name} ${hash}: open after ${best} ms, the quickest of ${took.map(Math.round).join(', ')}`);
}

async function kindOf(pages) {
	const tab = await pages.open('#/');
	const kind = await tab.evaluate(() => (typeof matrix !== 'undefined' ? 'matrix' : typeof facts !== 'undefined' ? 'certificate' : 'report'));
	await pages.close(tab, 'asked for what it is');
	return kind;
}

async function anyCertificate(pages) {
	await quick(pages, '#/');
	await inAllWidths(pages, ['#/']);
}

async function anyMatrix(pages) {
	await quick(pages, '#/');
	await quick(pages, '#/cases');
	await inAllWidths(pages, MATRIX_VIEWS);
}

async function anyPage(pages, views, casesEach) {
	const kind = await kindOf(pages);
	if (kind !== 'report')
		return kind === 'matrix' ? anyMatrix(pages) : anyCertificate(pages);
	await quick(pages, '#/');
	const tab = await pages.open('#/');
	const ids = await tab.evaluate((n) => VERDICTS.flatMap((verdict) => report.cases.filter((c) => c.verdict === verdict).slice(0, n)).map((c) => c.id), casesEach);
	await pages.close(tab, 'asked for cases');
	await inAllWidths(pages, [...views, ...ids.map((id) => `#/case/${id}`)]);
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
			await anyMatrix(pages);
		await matrixChecks(...sides, ok);
		const certificates = ['certificate', 'hostile-certificate'].map((name) => new Pages(browser, `${rest[0]}/${name}.html`));
		for (const pages of certificates)
			await anyCertificate(pages);
		await certificateChecks(...certificates, ok);
	}
} finally {
	await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);

// SPDX-License-Identifier: BSD-2-Clause
// What the page of a certificate has to show.

async function firstSheet(pages, ok) {
	const tab = await pages.open('#/');
	ok('a certificate: whose', (await tab.textContent('h1')) === 'Acme 7000');
	ok('a certificate: its result', (await tab.textContent('.said-result')) === 'deviates');
	const claims = await tab.$$eval('.sheet table:not(.map) tbody tr', (rows) => rows.map((row) => row.innerText.replaceAll(/\s+/g, ' ')));
	ok('a certificate: a claim that is kept', claims.some((text) => /^immediate-data .* claimed, and there/.test(text)), claims.join('; '));
	ok('a certificate: one whose cases were not run', claims.some((text) => /^error-recovery-2 .* none of its cases was run/.test(text)), claims.join('; '));
	ok('a certificate: an option that nobody claims', claims.some((text) => /^chap .* not claimed, not judged/.test(text)), claims.join('; '));
	ok('a certificate: room for a signature', (await tab.$$('.signature .sign')).length === 4);
	// The chapters are the sections put together.
	const [whole, parts] = await tab.evaluate(() => [facts.sections.reduce((sum, row) => sum + row.judged, 0), chapters().reduce((sum, one) => sum + one.judged, 0)]);
	ok('a certificate: chapters add up', whole > 0 && whole === parts, `${whole}, ${parts}`);
	const heads = await tab.$$eval('h2', (all) => all.map((h) => h.textContent));
	for (const want of ['What the vendor claims', 'Result by chapter of the RFCs', 'Signature', 'Deviations', 'Cases that fail', 'Result by section', 'What was not tested, and why', 'The runs'])
		ok(`a certificate: ${want}`, heads.includes(want), heads.join('; '));
	ok('a certificate: each deviation', await tab.evaluate(() => [...document.querySelectorAll('h2')].find((h) => h.textContent === 'Deviations').parentNode.querySelectorAll('tbody tr').length === facts.deviations.length));
	await pages.close(tab, 'first sheet');
}

async function printed(pages, ok) {
	const tab = await pages.open('#/');
	await tab.evaluate(() => dispatchEvent(new Event('beforeprint')));
	ok('a certificate printed: nothing is folded', await tab.evaluate(() => document.querySelectorAll('main details').length > 0 && !document.querySelector('main details:not([open])')));
	await pages.close(tab, 'printed');
}

async function hostile(pages, ok) {
	const tab = await pages.open('#/', {before: 'window.hacked = () => { document.title = "hacked"; };'});
	ok('a hostile certificate: text is text', !(await tab.$('img')) && !(await tab.$('main b')) && !/hacked$/.test(await tab.title()));
	ok('a hostile certificate: it is shown', (await tab.textContent('h1')) === '</script><img src=x onerror=hacked()>\\x1b[31m\\xff <b>7000</b>', await tab.textContent('h1'));
	await pages.close(tab, 'hostile');
}

export async function certificateChecks(plain, nasty, ok) {
	await firstSheet(plain, ok);
	await printed(plain, ok);
	await hostile(nasty, ok);
}

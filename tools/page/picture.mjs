// SPDX-License-Identifier: BSD-2-Clause
// A picture of a page, as those in reports/pictures. usage: picture.mjs PAGE '#/PART' FILE.png WIDTH HEIGHT
import path from 'node:path';
import {chromium} from 'playwright-core';

const [page, hash, file, width, height] = process.argv.slice(2);
const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox']});
const tab = await browser.newPage({viewport: {width: Number(width), height: Number(height)}, colorScheme: 'light'});
tab.setDefaultTimeout(120000);
await tab.goto(`file://${path.resolve(page)}${hash}`);
await tab.waitForSelector('h1');
await tab.screenshot({path: file});
await browser.close();

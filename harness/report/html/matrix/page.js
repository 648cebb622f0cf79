// SPDX-License-Identifier: BSD-2-Clause
// What the page of a matrix is: its parts, its keys, what is printed.

const grids = {};

// Made when it is looked at first.
function gridOf(part) {
	grids[part] = grids[part] || new Grid(part);
	return grids[part];
}

function inGrid(act) {
	const [part] = address();
	if (grids[part])
		act(grids[part]);
}

const PARTS = ['cases', 'rules'].filter((part) => kindRows(part).length);

const PAGE = {
	system: 'side by side',
	made: [`iserspec ${[...new Set(columns.map((c) => c.tool_version).filter(Boolean))].join(', ')}`, datesOf() && `, ${datesOf()}`],
	title: 'iSER conformance, side by side',
	tabs: [['#/', 'Systems'], ...PARTS.map((part) => [`#/${part}`, part === 'rules' ? 'Rules' : 'Cases'])],
	keys: [['/', 'search the rows', () => searchIn(PARTS.includes(address()[0]) ? address()[0] : PARTS[0] || '')],
		['d', 'only rows in which systems differ, and all again', () => inGrid((grid) => grid.toggle())],
		['n', 'next row in which something is broken', () => inGrid((grid) => grid.step(1))],
		['p', 'the one before', () => inGrid((grid) => grid.step(-1))], ['?', 'this', showKeys]],
	keeps: (part) => PARTS.includes(part),
	view: (part) => (PARTS.includes(part) ? gridOf(part).node : systemsView()),
	shown: (part, query) => PARTS.includes(part) && gridOf(part).apply(query),
	tabOf: (part) => `#/${part}`,
	print: () => {},
	printed: () => {},
};

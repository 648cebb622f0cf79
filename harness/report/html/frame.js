// SPDX-License-Identifier: BSD-2-Clause
// The frame of any page: which part is shown, tabs, the keyboard, print. What a page is of says PAGE:
//   system, made    what stands at its top and its foot
//   title           of the document, behind that of a part
//   tabs            [[address, name]]
//   keys            [[key, words, act]]
//   keeps(part)     a part that stays as it is when only its filters change
//   view(part, query), shown(part, query)   its node, with an h1; told when it is shown or its filters changed
//   tabOf(part)     the tab that it belongs to
//   print(), printed()   before and behind

let shownPart = null;

function go(hash, quietly) {
	if (quietly)
		location.replace(hash);
	else
		location.hash = hash;
}

// ["case/target/nop/echo", query]
function address() {
	const hash = decodeURI(location.hash.replace(/^#\/?/, '')), mark = hash.indexOf('?');
	return mark < 0 ? [hash, new URLSearchParams()] : [hash.slice(0, mark), new URLSearchParams(hash.slice(mark + 1))];
}

function route() {
	const [part, query] = address(), main = document.getElementById('main');
	const same = part === shownPart && PAGE.keeps(part);
	if (part === 'main')
		return main.focus();
	if (!same)
		main.replaceChildren(PAGE.view(part, query));
	PAGE.shown(part, query);
	const heading = main.querySelector('h1');
	if (!same && shownPart !== null) {
		scrollTo(0, 0);
		heading.focus({preventScroll: true});
	}
	shownPart = part;
	document.title = `${part ? `${heading.textContent} · ` : ''}${PAGE.title}`;
	for (const link of document.querySelectorAll('#tabs a')) {
		if (link.getAttribute('href') === PAGE.tabOf(part))
			link.setAttribute('aria-current', 'page');
		else
			link.removeAttribute('aria-current');
	}
}

// The part `part`, which has the search.
function searchIn(part) {
	const there = address()[0] === part;
	if (!there)
		go(`#/${part}`);
	setTimeout(() => document.getElementById('search').focus(), there ? 0 : 60);
}

function showKeys() {
	document.getElementById('keys').showModal();
}

function typed(event) {
	if (event.ctrlKey || event.metaKey || event.altKey || document.getElementById('keys').open || !document.getElementById('keys-on').checked ||
		event.target.closest('input:not([type=checkbox]), select, textarea'))
		return;
	const found = PAGE.keys.find(([key]) => key === event.key);
	if (found) {
		event.preventDefault();
		found[2]();
	}
}

function start() {
	put(document.getElementById('system'), [PAGE.system]);
	put(document.getElementById('tabs'), PAGE.tabs.map(([href, name]) => el('li', {}, el('a', {href}, name))));
	put(document.getElementById('made'), PAGE.made);
	put(document.getElementById('keys-list'), PAGE.keys.map(([key, words]) => el('div', {}, el('dt', {}, el('kbd', {}, key)), el('dd', {}, words))));
	document.getElementById('keys-open').addEventListener('click', showKeys);
	document.querySelector('.skip').addEventListener('click', (event) => {
		event.preventDefault();
		document.getElementById('main').focus();
	});
	addEventListener('hashchange', route);
	addEventListener('keydown', typed);
	addEventListener('beforeprint', PAGE.print);
	addEventListener('afterprint', PAGE.printed);
	route();
}

document.addEventListener('DOMContentLoaded', start);

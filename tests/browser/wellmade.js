// wellmade.js - what a page is looked at for, inside the browser. fits(): at this size and in this theme; parts(): whatever the size.
// Each gives what is wrong, in words.

// What is folded away has a place, too.
const folded = node => node.closest('details:not([open])') && !node.closest('summary') && !node.matches('details');
const seen = node => node.getClientRects().length > 0 && !folded(node);
const all = selector => [...document.querySelectorAll(selector)].filter(seen);
const text = node => node.textContent.trim();
const short = node => `${node.tagName.toLowerCase()}${node.id && '#' + node.id} "${text(node).slice(0, 30)}"`;

// --- contrast (WCAG 2.2: 1.4.3, 1.4.11) ---

const numbers = colour => (colour.match(/[\d.]+/g) || []).map(Number);
const clear = colour => numbers(colour)[3] === 0;
const channel = c => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;

function light(colour) {
	const [r, g, b] = numbers(colour);
	return .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
}

function contrast(a, b) {
	const [less, more] = [light(a), light(b)].sort((x, y) => x - y);
	return (more + .05) / (less + .05);
}

function behind(node) {
	for (; node; node = node.parentElement) {
		const colour = getComputedStyle(node).backgroundColor;
		if (!clear(colour))
			return colour;
	}
	return 'rgb(255, 255, 255)';
}

function weakTexts() {
	const own = node => [...node.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.textContent.trim());
	return [...document.querySelectorAll('body *')].filter(n => n.offsetParent && !folded(n) && own(n)).map(
		n => [n, contrast(getComputedStyle(n).color, behind(n))]).filter(([, ratio]) => ratio < 4.5).map(
		([n, ratio]) => `a weak text (${ratio.toFixed(2)}): ${short(n)}`);
}

// A field or a button is where its edge or its surface ends.
function weakEdges() {
	const edge = n => {
		const style = getComputedStyle(n), around = behind(n.parentElement);
		const line = style.borderTopStyle !== 'none' && style.borderTopWidth !== '0px' && !clear(style.borderTopColor);
		return Math.max(line ? contrast(style.borderTopColor, around) : 1, contrast(behind(n), around));
	};
	return all('input:not([type=hidden], [type=checkbox]), select, textarea, .button, .choice').map(n => [n, edge(n)]).filter(
		([, ratio]) => ratio < 3).map(([n, ratio]) => `a weak edge (${ratio.toFixed(2)}): ${short(n)}`);
}

// --- size ---

// What one cannot hit with a thumb.
function smallTargets() {
	const target = n => n.type === 'checkbox' ? n.closest('.check') : n;
	return all('button, input:not([type=hidden]), select, textarea, a.button, summary').filter(n => {
		const box = target(n).getBoundingClientRect();
		return box.height < (n.tagName === 'SUMMARY' ? 24 : 40) || box.width < 40;
	}).map(n => `too small for a thumb: ${short(n)}`);
}

function overflows() {
	const wide = document.documentElement.scrollWidth > innerWidth ? [`scrolls sideways: ${document.documentElement.scrollWidth}`] : [];
	const out = all('body *').filter(n => !n.closest('.skip, thead, option, svg')).filter(n => {
		const box = n.getBoundingClientRect();
		return box.left < -.5 || box.right > innerWidth + .5;
	});
	const clipped = all('main *, header *').filter(n => !n.closest('.skip, thead, svg, input, select, textarea, option')).filter(
		n => n.scrollWidth > n.clientWidth + 1 && n.clientWidth > 0 && getComputedStyle(n).display !== 'inline');
	return wide.concat(out.map(n => `out of the window: ${short(n)}`), clipped.map(n => `more than its box: ${short(n)}`));
}

function fits() {
	return [...weakTexts(), ...weakEdges(), ...smallTargets(), ...overflows()];
}

// --- what a reader that is not an eye would miss (WCAG 2.2: 1.1.1, 1.3.1, 2.4.3, 2.4.6, 3.3.1, 3.3.2, 4.1.2) ---

const described = node => (node.getAttribute('aria-describedby') || '').split(' ').filter(Boolean).map(id => document.getElementById(id));

function wrongFields() {
	const wrong = [];
	for (const n of all('input:not([type=hidden]), select, textarea')) {
		if (![...n.labels].some(text) && !n.ariaLabel)
			wrong.push(`a field without a name: ${n.outerHTML.slice(0, 80)}`);
		if (n.type === 'text' && !n.autocomplete && n.closest('.narrow'))
			wrong.push(`no autocomplete: ${n.name}`);
	}
	for (const n of all('[aria-invalid=true]'))
		if (!described(n).some(d => d && (d.matches('.wrong') || d.id === 'summary') && text(d)))
			wrong.push(`what is wrong is not tied to ${short(n)}`);
	for (const n of all('#summary a[href^="#"]')) {
		const field = document.getElementById(n.getAttribute('href').slice(1));
		if (field && field.id !== 'f-form' && !field.matches('[aria-invalid=true]') && !field.querySelector('[aria-invalid=true]'))
			wrong.push(`the summary leads to ${short(field)}, which is not marked`);
	}
	return wrong;
}

function wrongReferences() {
	const wrong = [];
	const ids = [...document.querySelectorAll('[id]')].map(n => n.id);
	for (const id of ids)
		if (!id || ids.indexOf(id) !== ids.lastIndexOf(id))
			wrong.push(`the id "${id}" twice`);
	for (const name of ['aria-describedby', 'aria-controls', 'aria-labelledby', 'for'])
		for (const n of document.querySelectorAll(`[${name}]`))
			for (const id of n.getAttribute(name).split(' '))
				if (!document.getElementById(id))
					wrong.push(`${name} leads to no ${id}`);
	for (const n of all('a[href^="#"]'))
		if (!document.getElementById(n.getAttribute('href').slice(1)))
			wrong.push(`a link to no ${n.getAttribute('href')}`);
	return wrong;
}

function wrongOutline() {
	const wrong = [];
	let level = 0;
	for (const n of all('h1, h2, h3, h4').filter(n => !n.closest('.notice'))) {
		if (+n.tagName[1] > level + 1)
			wrong.push(`a heading out of order: ${text(n)}`);
		level = +n.tagName[1];
	}
	for (const name of ['h1', 'main', 'header', 'footer'])
		if (all(name).length !== 1)
			wrong.push(`${all(name).length} times ${name}`);
	if (!document.title.trim() || !document.documentElement.lang)
		wrong.push('no title or language');
	if (all('[tabindex]').some(n => n.tabIndex > 0))
		wrong.push('an order of its own');
	return wrong;
}

function wrongWords() {
	const wrong = [];
	for (const n of all('button, a, summary, legend, h1, h2, h3, li, dt, dd'))
		if (!text(n) && !n.querySelector('input, img'))
			wrong.push(`nothing to read: ${n.outerHTML.slice(0, 80)}`);
	for (const n of all('img'))
		if (!n.hasAttribute('alt'))
			wrong.push('a picture without words');
	for (const n of all('svg'))
		if (!n.querySelector('title'))
			wrong.push('a drawing without words');
	if (document.body.textContent.match(/\{\w+\}|{{|\b(login|code|home|security|sessions|activity|sheet|enrol|profile)\.[a-z_]+/))
		wrong.push('a name in the place of a value');
	return wrong;
}

function wrongManners() {
	const wrong = [];
	if (document.querySelector('[style], style, script:not([src])'))
		wrong.push('a style or a script of its own, which the content policy forbids');
	if (all('#summary').length && document.activeElement.id !== 'summary')
		wrong.push('what is wrong has not the focus');
	if (all('main .button:not(.quiet):not(.warn)').length > 1)
		wrong.push('more than one filled button');
	return wrong;
}

function parts() {
	return [...wrongFields(), ...wrongReferences(), ...wrongOutline(), ...wrongWords(), ...wrongManners()];
}

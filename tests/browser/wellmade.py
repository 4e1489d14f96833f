"""wellmade.py - what holds for every page: its texts can be read, its fields have names, it fits, nothing of it was refused."""

# The contrast of every text with what lies behind it (WCAG 2.2, 1.4.3); gives those that are too weak.
WEAK_TEXTS = r"""
const channel = c => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
const light = c => .2126 * channel(c[0]) + .7152 * channel(c[1]) + .0722 * channel(c[2]);
const parse = text => (text.match(/[\d.]+/g) || []).map(Number);
const behind = node => {
	for (; node; node = node.parentElement) {
		const colour = parse(getComputedStyle(node).backgroundColor);
		if (colour.length < 4 || colour[3] > 0) return colour;
	}
	return [255, 255, 255];
};
const weak = [];
for (const node of document.querySelectorAll('body *')) {
	const own = [...node.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
	const style = getComputedStyle(node);
	if (!own || !node.offsetParent) continue;
	const a = light(parse(style.color)), b = light(behind(node));
	const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
	if (ratio < 4.5) weak.push(`${node.tagName} "${node.textContent.trim().slice(0, 30)}" ${ratio.toFixed(2)}`);
}
return weak;
"""

# What one cannot hit with a thumb.
SMALL_TARGETS = r"""
const target = n => n.type === 'checkbox' ? n.closest('.check') : n;
return [...document.querySelectorAll('button, input:not([type=hidden]), select, textarea, a.button')].filter(n => n.offsetParent).map(
	n => [n.id || n.textContent.trim(), target(n).getBoundingClientRect()]).filter(([, r]) => r.height < 40 || r.width < 40).map(([n]) => n);
"""

# What a reader that is not an eye would miss (WCAG 2.2: 1.1.1, 1.3.1, 2.4.3, 2.4.6, 3.3.2, 4.1.2); gives what is wrong.
WRONG_PARTS = r"""
const wrong = [];
const seen = n => n.getClientRects().length > 0;
const all = selector => [...document.querySelectorAll(selector)].filter(seen);
const text = n => n.textContent.trim();
const ids = [...document.querySelectorAll('[id]')].map(n => n.id);
for (const id of ids)
	if (!id || ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push(`the id "${id}" twice`);
for (const n of all('input:not([type=hidden]), select, textarea')) {
	if (![...n.labels].some(text) && !n.ariaLabel) wrong.push(`a field without a name: ${n.outerHTML.slice(0, 80)}`);
	if (n.type === 'text' && !n.autocomplete && n.closest('.narrow')) wrong.push(`no autocomplete: ${n.name}`);
}
for (const n of all('button, a, summary, legend'))
	if (!text(n)) wrong.push(`nothing to read: ${n.outerHTML.slice(0, 80)}`);
for (const n of all('img')) if (!n.hasAttribute('alt')) wrong.push('a picture without words');
for (const n of all('svg')) if (!n.querySelector('title')) wrong.push('a drawing without words');
for (const name of ['aria-describedby', 'aria-controls', 'aria-labelledby', 'for'])
	for (const n of document.querySelectorAll(`[${name}]`))
		for (const id of n.getAttribute(name).split(' '))
			if (!document.getElementById(id)) wrong.push(`${name} leads to no ${id}`);
for (const n of all('a[href^="#"]'))
	if (!document.getElementById(n.getAttribute('href').slice(1))) wrong.push(`a link to no ${n.getAttribute('href')}`);
for (const n of all('[tabindex]')) if (n.tabIndex > 0) wrong.push('an order of its own');
let level = 0;
for (const n of all('h1, h2, h3, h4').filter(n => !n.closest('.notice'))) {
	if (+n.tagName[1] > level + 1) wrong.push(`a heading out of order: ${text(n)}`);
	level = +n.tagName[1];
}
if (all('h1').length !== 1 || all('main').length !== 1) wrong.push('not one h1 and one main');
if (!document.title.trim() || !document.documentElement.lang) wrong.push('no title or language');
if (all('.notice.problem').length && document.activeElement.id !== 'summary') wrong.push('what is wrong has not the focus');
if (document.body.textContent.match(/\{\w+\}|{{|\b(login|code|home|security|sessions|activity|sheet|enrol)\.[a-z_]+/)) wrong.push('a name in the place of a value');
if (all('.narrow .button:not(.quiet), .body .button:not(.quiet):not(.warn)').length > 1) wrong.push('more than one filled button');
return wrong;
"""


def _none(found, name):
    assert not found, f"{name}: {found}"


def assert_fits(window, name):
    """At this size and in this theme."""
    _none(window.run(WEAK_TEXTS), name)
    _none(window.run(SMALL_TARGETS), name)
    assert window.run("return document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls sideways"


def assert_well_made(window, name):
    assert_fits(window, name)
    _none(window.run(WRONG_PARTS), name)
    assert not window.one(".old-browser").is_displayed()
    _none(window.complaints(), name)

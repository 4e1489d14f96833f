// Makes pages nicer where scripts run; without it nothing is missing.

// A button beside each password shows what was typed.
for (const button of document.querySelectorAll('.reveal button')) {
	const field = button.parentElement.querySelector('input');
	const show = on => {
		field.type = on ? 'text' : 'password';
		button.textContent = on ? button.dataset.hide : button.dataset.show;
		button.setAttribute('aria-pressed', String(on));
	};
	button.hidden = false;
	button.setAttribute('aria-controls', field.id);
	show(false);
	button.addEventListener('click', () => {
		show(field.type === 'password');
		field.focus();
	});
	// Sent as a password again, so that the browser keeps it as one.
	field.form.addEventListener('submit', () => show(false));
}

// What can be looked at need not be typed twice.
const again = document.getElementById('again');
if (again) {
	again.disabled = true;
	again.closest('.field').hidden = true;
}

const hint = document.getElementById('caps');
const password = document.getElementById('password');
if (hint && password) {
	const look = event => {
		if (event.getModifierState)
			hint.hidden = !event.getModifierState('CapsLock');
	};
	password.addEventListener('keydown', look);
	password.addEventListener('keyup', look);
	password.addEventListener('blur', () => { hint.hidden = true; });
}

const print = document.querySelector('button.print');
if (print) {
	print.hidden = false;
	print.addEventListener('click', () => window.print());
}

document.getElementById('summary')?.focus();

// Questions of a sign-in are answers to a form. Who comes back to one, or loads it again, gets what waits now, and not the browser's warning.
if (document.querySelector('form [name=ask]'))
	history.replaceState(null, '', location.href);

// Nor the code that was typed there before, which is of no use any more.
addEventListener('pageshow', () => {
	const code = document.querySelector('input.code');
	if (code && performance.getEntriesByType('navigation')[0]?.type !== 'navigate')
		code.value = '';
});

// On the way to a service: what only has to be sent on.
document.querySelector('form.onward')?.submit();

// Makes the sign-in page nicer where scripts run; without it nothing is missing.
const password = document.getElementById('password');
const button = document.querySelector('.reveal button');

if (password && button) {
	const show = on => {
		password.type = on ? 'text' : 'password';
		button.textContent = on ? button.dataset.hide : button.dataset.show;
		button.setAttribute('aria-pressed', String(on));
	};
	button.hidden = false;
	show(false);
	button.addEventListener('click', () => {
		show(password.type === 'password');
		password.focus();
	});
	// Sent as a password again, so that the browser keeps it as one.
	password.form.addEventListener('submit', () => show(false));

	const hint = document.getElementById('caps');
	const look = event => {
		if (event.getModifierState)
			hint.hidden = !event.getModifierState('CapsLock');
	};
	password.addEventListener('keydown', look);
	password.addEventListener('keyup', look);
	password.addEventListener('blur', () => { hint.hidden = true; });
}

document.getElementById('summary')?.focus();

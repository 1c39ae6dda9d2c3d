// Sets the theme before the first paint. A classic script in the head: modules
// run too late and would flash the other theme.
(function () {
	'use strict';
	let theme = null;
	try {
		theme = JSON.parse(localStorage.getItem('mend.theme') || 'null');
	} catch {
		// Private windows may refuse storage: the system's theme it is.
	}
	if (theme === 'light' || theme === 'dark')
		document.documentElement.dataset.theme = theme;
})();

"""The demo page: phones side by side, live in the browser, and the controls around them."""
